/*
 * A counter family is data: its keys, its fields, and the few functions that count a batch and copy
 * its rows. Exporters walk the description and know no family by name. README: "Adding a family".
 */
#ifndef IPTALLY_FAMILY_FAMILY_H
#define IPTALLY_FAMILY_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "family/context.h"

struct packet;
struct verdict;

#define FAMILY_TEXT_MAX 128

enum family_kind {
	FAMILY_FIXED,    /* a known set of rows, all shown from the start */
	FAMILY_KEYED,    /* rows appear as traffic does */
	FAMILY_SLOTTED,  /* what Prometheus shows of a keyed family: a bounded part of its rows */
	FAMILY_RECORD,   /* rows are records under ids that are never used again */
	FAMILY_EXTERNAL, /* not counted from packets: read when a snapshot is taken */
};

/*
 * How a key stands in a row, in a label and in an SNMP index. All but addresses are one
 * sub-identifier. A row holds each key at its offset, in the type named here.
 */
enum key_kind {
	KEY_INTERFACE, /* uint32_t slot; label: the interface's name; index: its ifIndex */
	KEY_NETWORK,   /* uint8_t enum network; index: + 1 */
	KEY_PROTOCOL,  /* uint8_t enum protocol; index: + 1 */
	KEY_PORT,      /* uint16_t; index: InetPortNumber */
	KEY_BUCKET,    /* uint32_t lower bound of a histogram's bucket; no label of its own */
	KEY_ID,        /* uint32_t, never used again */
	KEY_RANK,      /* uint32_t, from 1 on */
	KEY_ADDRESS,   /* struct family_address; index: InetAddressType, length, octets */
	KEY_MAC,       /* uint8_t[6]; index: six sub-identifiers */
	KEY_SERIAL,    /* uint64_t, never used again; for JSON alone */
};

struct family_key {
	const char *label; /* of Prometheus; NULL: shows in SNMP and JSON only */
	enum key_kind kind;
	size_t offset;
};

enum field_kind {
	FIELD_COUNTER,   /* uint64_t; metric gets "_total"; SNMP: Counter64 */
	FIELD_GAUGE,     /* uint64_t; SNMP: Gauge32, capped at 2^32 - 1 */
	FIELD_UNSIGNED,  /* uint32_t that is no measurement; SNMP: Unsigned32 */
	FIELD_HISTOGRAM, /* uint64_t of this row's bucket (last key: KEY_BUCKET): Prometheus folds an
			       interface's rows into _bucket, _sum, _count; SNMP: Counter64 */
	FIELD_BOOL,      /* uint8_t; Prometheus: 0 or 1; SNMP: TruthValue */
	FIELD_TEXT, /* char[text_size], NUL-terminated; Prometheus: only as a label of FIELD_INFO */
	FIELD_INFO, /* no storage: a gauge of 1 whose labels are the family's text_label fields */
	FIELD_ENUM, /* uint8_t; SNMP: INTEGER, + 1; names in enum_names */
	FIELD_ADDRESS_TYPE, /* struct family_address; SNMP: InetAddressType */
	FIELD_ADDRESS,      /* struct family_address; SNMP: InetAddress */
	FIELD_PORT,         /* uint16_t; SNMP: InetPortNumber */
	FIELD_TIME_STAMP, /* struct monotonic_time; SNMP: TimeStamp (the value of sysUpTime then) */
	FIELD_DATE, /* struct wall_time; Prometheus: seconds since 1970; SNMP: DateAndTime, UTC */
	FIELD_AGE,  /* struct monotonic_time, shown as the time since; Prometheus: seconds;
			       SNMP: TimeTicks */
};

enum field_face { FACE_PROMETHEUS = 1, FACE_SNMP = 2, FACE_JSON = 4, FACE_ALL = 7 };

enum field_scale { SCALE_ONE, SCALE_NS_TO_SECONDS };

/* What becomes of a field where several workers have a row of the same key. */
enum field_merge {
	MERGE_BY_KIND, /* counters, gauges and histograms: the sum; times: the earliest; others: SAME */
	MERGE_SAME, /* it says the same in each */
	MERGE_MOST, /* the greatest, or the latest */
};

struct family_address {
	uint8_t version; /* 4 or 6; the numbers 1 and 2 are InetAddressType's */
	uint8_t bytes[16];
};

struct family_field {
	const char *name;   /* of JSON, unique in the family: "receive_packets" */
	const char *metric; /* whole, without "_total": "iptally_interface_receive_packets" */
	const char *labels; /* constant labels, in exposition form: "port=\"other\""; or NULL */
	const char *help;
	enum field_kind kind;
	enum field_scale scale;
	enum field_merge merge;
	unsigned faces;    /* enum field_face */
	uint32_t column;   /* of the family's SNMP table, or scalar number; 0: none */
	size_t offset;     /* of the value in a row */
	size_t has_offset; /* JSON: of a bool in the row, whether it has this; 0: all rows have it */
	size_t sum_offset;   /* FIELD_HISTOGRAM: uint64_t sum of what fell into this row */
	size_t upper_offset; /* FIELD_HISTOGRAM: uint32_t upper bound of this row; UINT32_MAX: +Inf */
	size_t text_size;    /* FIELD_TEXT, with its NUL */
	/*
	 * FIELD_TEXT that no row holds: made when it is shown, of what is at `offset`, in at most
	 * FAMILY_TEXT_MAX bytes. NULL: the row has it.
	 */
	void (*make)(struct names *names, const void *at, char *text);
	const char *text_label;        /* FIELD_TEXT: label under which FIELD_INFO shows it */
	const char *const *enum_names; /* FIELD_ENUM; NULL behind the last */
};

struct family {
	const char *name; /* of collect[], --export.NAME, JSON */
	enum family_kind kind;
	bool is_core; /* counted with --families=core, too; so are families that show its state */
	const char *help;
	/* What the event log's summaries call its rows, of which they tell the largest by the bytes of
	 * both ways: "ports". NULL: it isn't in them. */
	const char *summary;
	uint32_t
		subtree; /* of iptallyObjects; families with the same keys may share a table; 0: none */
	const struct family_key *keys; /* none: scalars */
	size_t n_keys;
	const struct family_field *fields;
	size_t n_fields;
	size_t row_size;

	/* Shows the state of another family, which stands before it in family_table: then it has
	 * none of its own, and create and destroy are NULL. */
	const struct family *shows;

	/*
	 * Of several workers: whether they count into one state, a batch at a time, since it needs the
	 * whole picture. Else each has a state of its own, and rows of the same key are merged. Families
	 * that show a state are as its owner is.
	 */
	bool is_shared;

	/*
	 * The state is the family's own; its large blocks come from the context's ledger. Returns
	 * NULL and fills *error where they can't be had.
	 */
	void *(*create)(const struct family_context *context, struct error *error);
	void (*destroy)(void *state);

	/* Counts a batch. NULL for a family that shows what others count. */
	void (*count)(void *state, const struct packet *packets, const struct verdict *verdicts,
		      size_t n);

	/* Once a second, under the lock, of several workers under the locks of all and for the first
	 * one's state; now: of the ageing clock, which jumps with a file's packets. May be NULL. */
	void (*tick)(void *state, int64_t now_ns);

	/* At the end of the capture, as the tick: nothing more comes that was waited for. May be NULL. */
	void (*finish)(void *state, int64_t now_ns);

	/* Clears an interface slot that is about to be used for another interface. May be NULL. */
	void (*forget_interface)(void *state, uint16_t interface);

	/* How many rows copy() can give at most, ever; snapshots reserve them without the lock. */
	size_t (*max_rows)(const void *state);

	/* Fills rows (zeroed, room for max_rows) in any order and returns their number. Under the lock,
	 * but for FAMILY_EXTERNAL. */
	size_t (*copy)(const void *state, void *rows);

	/* JSON shows the rows with the highest first. NULL: in the order of their keys. */
	uint64_t (*rank)(const void *row);

	/* Whether Prometheus shows this row as a series of its own. NULL: all of them. */
	bool (*is_exported)(const void *row);

	/* Whether there can ever be such a row: tables that only other faces show are left out of a
	 * scrape's snapshot. NULL: yes. */
	bool (*has_exported)(const void *state);
};

/* The text of a FIELD_TEXT: the row's, or made in the caller's `made`. Names may be NULL. */
static inline const char *family_text(const struct family_field *field, struct names *names,
				      const void *row, char made[FAMILY_TEXT_MAX])
{
	const void *at = (const uint8_t *)row + field->offset;

	if (!field->make)
		return at;
	field->make(names, at, made);
	return made;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
