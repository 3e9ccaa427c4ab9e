/* An array in the order of time: a few dozen items, of which most are looked for in vain. */
#include "family/probe_set.h"

#include <string.h>

static uint16_t place_of(const struct probe_touch *set, uint16_t n, uint32_t item)
{
	uint16_t place = 0;

	while (place < n && set[place].item != item)
		place++;
	return place;
}

uint16_t probe_set_add(struct probe_touch *set, uint16_t n, uint16_t room, uint32_t item,
		       uint32_t ms)
{
	uint16_t place = place_of(set, n, item);

	if (place == n && n < room)
		n++;
	else if (place == n)
		place--;
	memmove(set + 1, set, place * sizeof(*set));
	set[0] = (struct probe_touch){item, ms};
	return n;
}

uint16_t probe_set_drop(struct probe_touch *set, uint16_t n, uint32_t item)
{
	uint16_t place = place_of(set, n, item);

	if (place == n)
		return n;
	n--;
	memmove(set + place, set + place + 1, (uint16_t)(n - place) * sizeof(*set));
	return n;
}

uint16_t probe_set_trim(const struct probe_touch *set, uint16_t n, uint32_t ms, uint32_t window_ms)
{
	while (n > 0 && ms - set[n - 1].ms > window_ms)
		n--;
	return n;
}
