/* All that getservbyport(3) would find, taken at once, so that nobody ever waits for it. */
#include "names/services.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "names/hostname.h"
#include "names/names.h"

/* IANA has registered 12,000. */
#define SERVICES_MAX 32768

static bool is_udp(const struct servent *service)
{
	return strcmp(service->s_proto, "udp") == 0;
}

static bool has_port(const struct servent *service)
{
	return is_udp(service) || strcmp(service->s_proto, "tcp") == 0;
}

static uint32_t count_services(void)
{
	const struct servent *service;
	uint32_t n = 0;

	setservent(1);
	while (n < SERVICES_MAX && (service = getservent()))
		n += has_port(service);
	return n;
}

int services_read(struct name_table *names, struct ledger *ledger, struct error *error)
{
	const struct servent *service;
	char name[NAMES_SERVICE_TEXT];
	int rc = name_table_create(names, ledger, "service names", sizeof(struct service_key),
				   NAMES_SERVICE_TEXT, count_services(), error);

	setservent(1);
	while (rc == 0 && (service = getservent())) {
		const struct service_key key = {
			.port = ntohs((uint16_t)service->s_port),
			.is_udp = is_udp(service),
		};

		if (!has_port(service) || !hostname_clean(service->s_name, name, sizeof(name)))
			continue;
		if (!name_table_add(names, &key, name))
			break;
	}
	endservent();
	return rc;
}
