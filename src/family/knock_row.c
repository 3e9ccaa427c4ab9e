/* Tries in windows that slide: counters in a ring, of which those that are too old are cleared. */
#include "family/knock_row.h"

#define MINUTE_NS (60 * NS_PER_SECOND)
#define HOUR_NS   (60 * MINUTE_NS)

static uint64_t part_of(int64_t now_ns, int64_t part_ns)
{
	return now_ns > 0 ? (uint64_t)(now_ns / part_ns) : 0;
}

/* Makes the ring's current part this one. A clock that went back stays where it was. */
static void slide(uint32_t *ring, uint32_t n, uint64_t *current, uint64_t now)
{
	for (uint64_t i = 0; i < n && *current + i < now; i++)
		ring[(*current + i + 1) % n] = 0;
	if (now > *current)
		*current = now;
}

void knock_begin(struct knock_entry *knock, int64_t now_ns)
{
	knock->first_ns = now_ns;
	knock->minute = part_of(now_ns, MINUTE_NS);
	knock->hour = part_of(now_ns, HOUR_NS);
}

void knock_try(struct knock_entry *knock, int64_t now_ns)
{
	slide(knock->minutes, KNOCK_MINUTES, &knock->minute, part_of(now_ns, MINUTE_NS));
	slide(knock->hours, KNOCK_HOURS, &knock->hour, part_of(now_ns, HOUR_NS));
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
