/* From options to what they mean. */
#include "worker/settings.h"

#include "base/log.h"

uint32_t settings_of_workers(const struct options *options)
{
	if (!options->read_file)
		return options->workers;
	if (options->workers > 1)
		log_warn("capture", "--capture.workers: a file is read by one worker");
	return 1;
}

struct tally_options settings_of_tally(const struct options *options)
{
	struct tally_options tally = {
		.flows = {.capacity = options->flows_max, .export_max = options->export_flows},
		.max_fragments = options->fragments_max,
		.max_interfaces = options->interfaces_max,
		.packet_clock = options->read_file != NULL,
		.service_ports = options->service_ports.values,
		.n_service_ports = options->service_ports.n,
	};
	const uint32_t seconds[FLOW_STATES] = {
		[FLOW_ONE_WAY] = options->timeout_one_way,
		[FLOW_TWO_WAY] = options->timeout_two_way,
		[FLOW_HALF_OPEN] = options->timeout_half_open,
		[FLOW_ESTABLISHED] = options->timeout_established,
		[FLOW_MIDSTREAM] = options->timeout_established,
		[FLOW_CLOSING] = options->timeout_established,
		[FLOW_CLOSED] = options->timeout_closed,
		[FLOW_RESET] = options->timeout_closed,
	};

	for (int state = 0; state < FLOW_STATES; state++)
		tally.flows.timeout_ns[state] = seconds[state] * NS_PER_SECOND;
	return tally;
}

/* Rows that Prometheus shows of a family: what the user says, else whole tables of a file. */
static uint32_t export_of(const struct options *options, uint32_t asked, uint32_t live)
{
	if (asked != OPTION_EXPORT_DEFAULT)
		return asked;
	return options->read_file || options->once ? EXPORT_ALL : live;
}

struct family_options settings_of_families(const struct options *options)
{
	return (struct family_options){
		.only_core = options->families == OPTION_FAMILIES_CORE,
		.max_ports = options->ports_max,
		.max_hosts = options->hosts_max,
		.max_stations = options->stations_max,
		.max_conversations = options->conversations_max,
		.max_knocks = options->knocks_max,
		.export_ports = export_of(options, options->export_ports, 20),
		.export_hosts = export_of(options, options->export_hosts, 20),
		.export_stations = export_of(options, options->export_stations, 0),
		.export_conversations = export_of(options, options->export_conversations, 10),
		.export_warmup_s = options->export_warmup,
		.export_largest = options->once,
		.pinned_ports = options->export_ports_pin.values,
		.n_pinned_ports = options->export_ports_pin.n,
		.privacy = options->privacy,
		.flood_rate = options->flood_rate,
		.probe_ports = options->probe_ports,
		.probe_hosts = options->probe_hosts,
		.probe_window_s = options->probe_window,
	};
}
