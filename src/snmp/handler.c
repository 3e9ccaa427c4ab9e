/* The one handler: finds its table in the registration, and answers from a snapshot. */
#include "snmp/handler.h"

#include <errno.h>

#include "base/log.h"
#include "snmp/value.h"

/* What all requests of one call have in common. */
struct answer {
	struct snmp_served *served;
	const struct snapshot *snapshot;
	struct snmp_moment moment;
	bool without_counter64; /* SNMPv1 has no such type */
};

static bool set_value(const struct answer *answer, const struct snmp_cursor *cursor,
		      netsnmp_variable_list *variable)
{
	const struct snmp_table *table = answer->served->table;
	struct snmp_value value;

	snmp_value_read(&value, snmp_table_field(table, cursor),
			snmp_table_row(table, answer->snapshot, cursor), answer->snapshot->names,
			&answer->moment);
	return snmp_set_var_typed_value(variable, value.type, value.data, value.length) == 0;
}

static bool set_name(const struct answer *answer, const struct snmp_cursor *cursor,
		     netsnmp_variable_list *variable)
{
	oid name[MAX_OID_LEN];
	size_t length = snmp_table_name(answer->served->table, answer->snapshot, cursor, name);

	return snmp_set_var_objid(variable, name, length) == 0;
}

/* Returns an error status of SNMP. */
static int get(const struct answer *answer, netsnmp_request_info *request)
{
	netsnmp_variable_list *variable = request->requestvb;
	struct snmp_cursor cursor;

	switch (snmp_table_find(answer->served->table, answer->snapshot, variable->name,
				variable->name_length, &cursor)) {
	case SNMP_FOUND:
		return set_value(answer, &cursor, variable) ? SNMP_ERR_NOERROR : SNMP_ERR_GENERR;
	case SNMP_NO_INSTANCE:
		return SNMP_NOSUCHINSTANCE;
	case SNMP_NO_OBJECT:
		break;
	}
	return SNMP_NOSUCHOBJECT;
}

/* Whole columns at a time: without this, the library would ask for each of their rows. */
static bool skip_counters64(const struct answer *answer, struct snmp_cursor *cursor)
{
	const struct snmp_table *table = answer->served->table;

	while (snmp_value_type(snmp_table_field(table, cursor)->kind) == ASN_COUNTER64)
		if (!snmp_table_next_column(table, answer->snapshot, cursor))
			return false;
	return true;
}

static bool is_behind_range(const netsnmp_request_info *request,
			    const netsnmp_variable_list *variable)
{
	return request->range_end &&
	       snmp_oid_compare(variable->name, variable->name_length, request->range_end,
				request->range_end_len) >= 0;
}

/*
 * GETNEXT is a GETBULK without repetitions. The library gives each repetition a variable in a list
 * and takes what stands in request->requestvb for the one to go on from in the next subtree, with
 * ASN_PRIV_RETRY in it.
 */
static int get_next(const struct answer *answer, netsnmp_request_info *request)
{
	const struct snmp_table *table = answer->served->table;
	netsnmp_variable_list *variable = request->requestvb;
	struct snmp_cursor cursor;
	bool more = snmp_table_seek(table, answer->snapshot, variable->name, variable->name_length,
				    &cursor);

	if (more && answer->without_counter64)
		more = skip_counters64(answer, &cursor);
	while (more) {
		if (!set_name(answer, &cursor, variable) || !set_value(answer, &cursor, variable))
			return SNMP_ERR_GENERR;
		if (request->repeat <= 0 || !variable->next_variable ||
		    is_behind_range(request, variable))
			break;
		request->repeat--;
		snmp_set_var_objid(variable->next_variable, variable->name, variable->name_length);
		variable = variable->next_variable;
		variable->type = ASN_PRIV_RETRY;
		request->requestvb = variable;
		if (request->inclusive == 2)
			request->inclusive = 0;
		more = snmp_table_step(table, answer->snapshot, &cursor);
	}
	return SNMP_ERR_NOERROR;
}

static void say_if_capped(const struct answer *answer)
{
	struct snmp_served *served = answer->served;
	const struct snmp_table *table = served->table;
	size_t rows = answer->snapshot->families[table->columns[0].family].n;

	if (served->said_that_capped || rows <= table->rows_max)
		return;
	served->said_that_capped = true;
	log_warn("snmp", "the %s table has %zu rows, of which a walk shows the first %zu",
		 table->name, rows, table->rows_max);
}

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
		  netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	struct snmp_served *served = registration->my_reg_void;
	struct answer answer = {
		.served = served,
		.moment.now = monotonic_now(),
		.without_counter64 = info->asp->pdu->version == SNMP_VERSION_1,
	};
	bool is_get = info->mode == MODE_GET;

	(void)handler;
	/* In a subagent it is the master agent's, and jumps where that one is another. */
	*served->uptime_began = snmp_uptime_began(*served->uptime_began, answer.moment.now,
						  (uint32_t)netsnmp_get_agent_uptime());
	answer.moment.began = *served->uptime_began;
	answer.snapshot = is_get || !served->table->churns
				  ? snmp_hold_fresh(served->hold, answer.moment.now)
				  : snmp_hold_walk(served->hold, answer.moment.now);
	if (!answer.snapshot)
		return SNMP_ERR_RESOURCEUNAVAILABLE;
	for (netsnmp_request_info *request = requests; request; request = request->next) {
		int status;

		if (request->processed)
			continue;
		status = is_get ? get(&answer, request) : get_next(&answer, request);
		if (status != SNMP_ERR_NOERROR)
			netsnmp_set_request_error(info, request, status);
	}
	if (!is_get)
		say_if_capped(&answer);
	return SNMP_ERR_NOERROR;
}

int snmp_serve(struct snmp_served *served, struct error *error)
{
	const struct snmp_table *table = served->table;
	netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
		table->name, handle, table->prefix, table->base_length,
		HANDLER_CAN_RONLY | HANDLER_CAN_GETBULK);

	if (!registration)
		return error_set(error, ENOMEM, "SNMP table of %s: out of memory", table->name);
	registration->my_reg_void = served;
	if (netsnmp_register_handler(registration) != MIB_REGISTERED_OK)
		return error_set(error, EINVAL, "SNMP table of %s: net-snmp refused its number",
				 table->name);
	return 0;
}
