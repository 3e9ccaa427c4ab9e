/* Tries in windows that slide: counters in a ring, of which those that are too old are cleared. */
#include "family/knock_row.h"

#include <string.h>

#define MINUTE_NS (60 * NS_PER_SECOND)
#define HOUR_NS   (60 * MINUTE_NS)

static uint64_t part_of(int64_t now_ns, int64_t part_ns)
{
	return now_ns > 0 ? (uint64_t)(now_ns / part_ns) : 0;
}

/* Makes the ring's current part this one. A clock that went back stays where it was. */
static void slide(uint32_t *ring, uint32_t n, uint64_t *current, uint64_t now)
{
	if (now >= *current + n)
		memset(ring, 0, n * sizeof(*ring));
	else
		for (uint64_t part = *current + 1; part <= now; part++)
			ring[part % n] = 0;
	if (now > *current)
		*current = now;
}

void knock_try(struct knock_entry *knock, int64_t now_ns)
{
	uint64_t minute = part_of(now_ns, MINUTE_NS), hour = part_of(now_ns, HOUR_NS);

	if (knock->tries == 0) {
		knock->first_ns = now_ns;
		knock->minute = minute;
		knock->hour = hour;
	}
	slide(knock->minutes, KNOCK_MINUTES, &knock->minute, minute);
	slide(knock->hours, KNOCK_HOURS, &knock->hour, hour);
	knock->minutes[knock->minute % KNOCK_MINUTES]++;
	knock->hours[knock->hour % KNOCK_HOURS]++;
	knock->tries++;
	knock->last_ns = now_ns;
	knock->outcome = KNOCK_NO_ANSWER;
}

static uint64_t sum_since(const uint32_t *ring, uint32_t n, uint64_t current, uint64_t now)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < n && i <= current; i++)
		if (current - i + n > now)
			sum += ring[(current - i) % n];
	return sum;
}

uint64_t knock_tries_quarter_hour(const struct knock_entry *knock, int64_t now_ns)
{
	return sum_since(knock->minutes, KNOCK_MINUTES, knock->minute, part_of(now_ns, MINUTE_NS));
}

uint64_t knock_tries_day(const struct knock_entry *knock, int64_t now_ns)
{
	return sum_since(knock->hours, KNOCK_HOURS, knock->hour, part_of(now_ns, HOUR_NS));
}
