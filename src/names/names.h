/*
 * Names for what was counted: of addresses (the hosts file and reverse DNS), of stations (ethers(5))
 * and of services (services(5)). For readers, from any thread, never for the packet path: an answer
 * is what is known by now. An address that is not known is looked up meanwhile, so that who asks
 * again later gets its name.
 */
#ifndef IPTALLY_NAMES_NAMES_H
#define IPTALLY_NAMES_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "base/memory.h"

/* Sizes of names, with their NUL. Longer ones are not shown. */
#define NAMES_ADDRESS_TEXT 128
#define NAMES_STATION_TEXT 64
#define NAMES_SERVICE_TEXT 32

struct names;

/* Which addresses a name server is asked about. */
enum names_scope {
	NAMES_PRIVATE, /* those that mean something on this network alone: names/scope.h */
	NAMES_ALL,
	NAMES_NONE, /* and the hosts file is not read either */
};

struct names_options {
	enum names_scope scope;
	uint32_t capacity;          /* addresses whose answers are kept */
	const char *const *servers; /* "HOST", "HOST:PORT"; none: those of the system */
	size_t n_servers;
	const char *hosts_file;  /* as hosts(5); where it can't be read, there are no such names */
	const char *ethers_file; /* as ethers(5); NULL: stations have no names */
	bool needs_ethers;       /* an error where it can't be read */
};

/*
 * Reads the files. The tables are the ledger's. Returns NULL and fills *error.
 */
struct names *names_create(const struct names_options *options, struct ledger *ledger,
			   struct error *error);

/* Starts the thread that asks name servers, where there is anything to ask. */
int names_start(struct names *names, struct error *error);

/* Ends the thread at once, whatever it waits for. NULL: nothing to do. */
void names_destroy(struct names *names);

/*
 * Whether there is a name, which fills `name`; else it is "". All take NULL for names: then there is
 * none. Version is 4 or 6. Names have nothing in them but letters, digits, '-', '_' and '.'.
 */
bool names_of_address(struct names *names, uint8_t version, const uint8_t bytes[IP_ADDRESS_BYTES],
		      char name[NAMES_ADDRESS_TEXT]);
bool names_of_station(const struct names *names, const uint8_t mac[MAC_BYTES],
		      char name[NAMES_STATION_TEXT]);
bool names_of_service(const struct names *names, bool is_udp, uint16_t port,
		      char name[NAMES_SERVICE_TEXT]);

/* Of the table of addresses, and of the look-ups by what came of them. */
struct names_statistics {
	uint64_t entries, capacity, evictions;
	uint64_t found;
	uint64_t none;   /* the server says that there is no name */
	uint64_t failed; /* no answer in time, or one that can't be used */
	uint64_t shed;   /* too much was asked at once: not looked up */
};

struct names_statistics names_statistics(struct names *names);

#endif
