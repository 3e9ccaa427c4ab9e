/* A source is of a kind, live or file; this hands the calls on. */
#include "capture/source.h"

#include "capture/source_kind.h"

int source_start(struct source *source, struct error *error)
{
	return source_start_shared(&source, 1, error);
}

int source_start_shared(struct source *const *sources, size_t n, struct error *error)
{
	return sources[0]->kind->start ? sources[0]->kind->start(sources, n, error) : 0;
}

enum source_state source_read(struct source *source, size_t budget, frame_sink *sink, void *context,
			      size_t *handled, struct error *error)
{
	return source->kind->read(source, budget, sink, context, handled, error);
}

void source_stop(struct source *source)
{
	source->kind->stop(source);
}

void source_wake(struct source *source)
{
	if (source->kind->wake)
		source->kind->wake(source);
}

int source_poll_fd(const struct source *source)
{
	return source->poll_fd;
}

bool source_is_live(const struct source *source)
{
	return source->live;
}

bool source_is_loopback(const struct source *source)
{
	return source->loopback;
}

int source_link_type(const struct source *source)
{
	return source->link_type;
}

uint32_t source_ifindex(const struct source *source)
{
	return source->ifindex;
}

const char *source_name(const struct source *source)
{
	return source->name;
}

void source_statistics(struct source *source, struct source_statistics *statistics)
{
	*statistics = (struct source_statistics){0};
	if (source->kind->statistics)
		source->kind->statistics(source, statistics);
}

void source_close(struct source *source)
{
	if (source)
		source->kind->close(source);
}
