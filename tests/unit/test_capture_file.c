/* Capture files as a source, on files that are written here byte by byte. */
#include "capture/source.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#define LINKTYPE_ETHERNET   1
#define LINKTYPE_LINUX_SLL  113
#define LINKTYPE_LINUX_SLL2 276

#define FRAMES_MOST 64

/* Bytes of a file to be, in either byte order. */
struct writer {
	uint8_t bytes[8192];
	size_t n;
	bool big_endian;
};

static void put(struct writer *writer, uint32_t value, int size)
{
	for (int i = 0; i < size; i++) {
		int shift = 8 * (writer->big_endian ? size - 1 - i : i);

		writer->bytes[writer->n++] = (uint8_t)(value >> shift);
	}
}

static void put_bytes(struct writer *writer, const uint8_t *data, size_t n)
{
	memcpy(writer->bytes + writer->n, data, n);
	writer->n += n;
}

/* draft-ietf-opsawg-pcap: magic, version 2.4, 8 reserved bytes, snap length, link type. */
static void pcap_header(struct writer *writer, uint32_t magic, uint32_t link_type)
{
	put(writer, magic, 4);
	put(writer, 2, 2);
	put(writer, 4, 2);
	put(writer, 0, 4);
	put(writer, 0, 4);
	put(writer, 65535, 4);
	put(writer, link_type, 4);
}

static void pcap_record(struct writer *writer, uint32_t seconds, uint32_t fraction,
			uint32_t captured, uint32_t length, const uint8_t *data)
{
	put(writer, seconds, 4);
	put(writer, fraction, 4);
	put(writer, captured, 4);
	put(writer, length, 4);
	put_bytes(writer, data, captured);
}

/* draft-ietf-opsawg-pcapng: section header, interface description, enhanced packet. */
static void ng_section(struct writer *writer)
{
	put(writer, 0x0a0d0d0a, 4);
	put(writer, 28, 4);
	put(writer, 0x1a2b3c4d, 4);
	put(writer, 1, 2);
	put(writer, 0, 2);
	put(writer, 0xffffffff, 4);
	put(writer, 0xffffffff, 4);
	put(writer, 28, 4);
}

static void ng_interface(struct writer *writer, uint32_t link_type)
{
	put(writer, 1, 4);
	put(writer, 20, 4);
	put(writer, link_type, 2);
	put(writer, 0, 2);
	put(writer, 65535, 4);
	put(writer, 20, 4);
}

/* Microseconds, as an interface without if_tsresol has. Captured: a multiple of 4. */
static void ng_packet(struct writer *writer, uint32_t interface, uint64_t stamp, uint32_t captured,
		      uint32_t length, const uint8_t *data)
{
	put(writer, 6, 4);
	put(writer, 32 + captured, 4);
	put(writer, interface, 4);
	put(writer, (uint32_t)(stamp >> 32), 4);
	put(writer, (uint32_t)stamp, 4);
	put(writer, captured, 4);
	put(writer, length, 4);
	put_bytes(writer, data, captured);
	put(writer, 32 + captured, 4);
}

static void fill(uint8_t *data, size_t n, uint8_t first)
{
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(first + i);
}

struct seen {
	struct frame frames[FRAMES_MOST];
	uint8_t first_byte[FRAMES_MOST];
	size_t n;
	size_t waits;
};

static void see(void *context, const struct frame *frame)
{
	struct seen *seen = context;

	assert_true(seen->n < FRAMES_MOST);
	seen->frames[seen->n] = *frame;
	seen->first_byte[seen->n++] = frame->captured ? frame->data[0] : 0;
}

static void count_wait(void *context)
{
	((struct seen *)context)->waits++;
}

/* Each test has a folder of its own. */
struct place {
	char folder[32];
	char path[64];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->folder, "/tmp/test_capture_XXXXXX");
	if (!place || !mkdtemp(place->folder))
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/capture", place->folder);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	unlink(place->path);
	rmdir(place->folder);
	free(place);
	return 0;
}

static struct source *open_written(const struct place *place, const struct writer *writer,
				   const char *filter, struct seen *seen, struct error *error)
{
	FILE *file = fopen(place->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(writer->bytes, 1, writer->n, file), writer->n);
	assert_int_equal(fclose(file), 0);
	return source_open_file(place->path, filter, count_wait, seen, error);
}

/* Reads in small portions until something other than SOURCE_OK comes. */
static enum source_state read_to_end(struct source *source, struct seen *seen, struct error *error)
{
	enum source_state state;
	size_t handled, sum = 0;

	do {
		state = source_read(source, 2, see, seen, &handled, error);
		assert_true(handled <= 2);
		sum += handled;
	} while (state == SOURCE_OK);
	assert_int_equal(sum, seen->n);
	return state;
}

static void assert_says(const struct error *error, const char *part)
{
	if (!strstr(error->text, part))
		fail_msg("'%s' does not say '%s'", error->text, part);
	assert_null(strchr(error->text, '\n'));
}

static void pcap_of_both_byte_orders_and_resolutions_is_read(void **state)
{
	static const struct {
		uint32_t magic;
		bool big_endian;
		int64_t unit; /* of the fraction, in ns */
	} kinds[] = {
		{0xa1b2c3d4, false, 1000},
		{0xa1b2c3d4, true, 1000},
		{0xa1b23c4d, false, 1},
		{0xa1b23c4d, true, 1},
	};
	uint8_t data[60];

	fill(data, sizeof(data), 7);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct writer writer = {.big_endian = kinds[i].big_endian};
		struct seen seen = {0};
		struct error error;
		struct source *source;

		pcap_header(&writer, kinds[i].magic, LINKTYPE_ETHERNET);
		pcap_record(&writer, 1700000000, 123456, 60, 60, data);
		pcap_record(&writer, 1700000001, 999999, 20, 1514, data);
		pcap_record(&writer, 1700000002, 0, 0, 64, data);
		source = open_written(*state, &writer, "", &seen, &error);
		assert_non_null(source);
		assert_int_equal(source_link_type(source), DLT_EN10MB);
		assert_string_equal(source_name(source), "file");
		assert_int_equal(source_poll_fd(source), -1);
		assert_false(source_is_live(source));
		assert_false(source_is_loopback(source));
		assert_int_equal(source_start(source, &error), 0);
		assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
		assert_int_equal(seen.n, 3);
		assert_int_equal(seen.frames[0].captured, 60);
		assert_int_equal(seen.frames[0].length, 60);
		assert_int_equal(seen.first_byte[0], 7);
		assert_int_equal(seen.frames[0].time.ns,
				 1700000000000000000 + 123456 * kinds[i].unit);
		assert_int_equal(seen.frames[1].captured, 20);
		assert_int_equal(seen.frames[1].length, 1514);
		assert_int_equal(seen.frames[1].time.ns,
				 1700000001000000000 + 999999 * kinds[i].unit);
		assert_int_equal(seen.frames[2].captured, 0);
		assert_int_equal(seen.frames[1].direction, DIRECTION_RECEIVE);
		assert_int_equal(seen.waits, 0);
		source_close(source);
	}
}

static void pcapng_is_read(void **state)
{
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		struct writer writer = {.big_endian = big_endian};
		struct seen seen = {0};
		struct error error;
		struct source *source;
		uint8_t data[64];

		fill(data, sizeof(data), 9);
		ng_section(&writer);
		ng_interface(&writer, LINKTYPE_ETHERNET);
		ng_packet(&writer, 0, 1700000000123456, 64, 1000, data);
		source = open_written(*state, &writer, "", &seen, &error);
		assert_non_null(source);
		assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.frames[0].length, 1000);
		assert_int_equal(seen.frames[0].time.ns, 1700000000123456000);
		source_close(source);
	}
}

static void pcapng_of_mixed_link_types_fails_after_what_was_read(void **state)
{
	struct writer writer = {0};
	struct seen seen = {0};
	struct error error;
	struct source *source;
	uint8_t data[64] = {0};

	ng_section(&writer);
	ng_interface(&writer, LINKTYPE_ETHERNET);
	ng_packet(&writer, 0, 0, 64, 64, data);
	ng_packet(&writer, 0, 0, 64, 64, data);
	ng_packet(&writer, 0, 0, 64, 64, data);
	ng_interface(&writer, LINKTYPE_LINUX_SLL);
	ng_packet(&writer, 1, 0, 64, 64, data);
	source = open_written(*state, &writer, "", &seen, &error);
	assert_non_null(source);
	assert_int_equal(read_to_end(source, &seen, &error), SOURCE_FAILED);
	assert_int_equal(seen.n, 3);
	assert_says(&error, ((struct place *)*state)->path);
	assert_says(&error, "after 3 packets");
	source_close(source);
}

/* Cut at every byte behind the file's header: whole records come, then END between two records,
 * else the failure, with the number. */
static void a_file_that_is_cut_hands_over_what_was_whole(void **state)
{
	struct writer writer = {0};
	uint8_t data[60] = {0};
	size_t record, whole;

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	whole = writer.n;
	for (uint32_t i = 0; i < 3; i++)
		pcap_record(&writer, i, 0, 60, 60, data);
	record = (writer.n - whole) / 3;

	for (size_t cut = 0; cut <= 3 * record; cut++) {
		struct writer part = writer;
		struct seen seen = {0};
		struct error error;
		struct source *source;
		enum source_state end;
		char says[32];

		part.n = whole + cut;
		source = open_written(*state, &part, "", &seen, &error);
		assert_non_null(source);
		end = read_to_end(source, &seen, &error);
		assert_int_equal(seen.n, cut / record);
		assert_int_equal(end, cut % record ? SOURCE_FAILED : SOURCE_END);
		if (end == SOURCE_FAILED) {
			snprintf(says, sizeof(says), "after %zu packets", cut / record);
			assert_says(&error, says);
			assert_says(&error, ((struct place *)*state)->path);
		}
		source_close(source);
	}
}

static void a_header_that_is_cut_is_refused(void **state)
{
	struct writer writer = {0};

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	for (size_t n = 0; n < 24; n++) {
		struct writer part = writer;
		struct error error;

		part.n = n;
		assert_null(open_written(*state, &part, "", NULL, &error));
		assert_says(&error, n ? "not a capture file" : "empty");
		assert_says(&error, ((struct place *)*state)->path);
	}
}

static void a_wrong_magic_is_refused(void **state)
{
	struct writer writer = {0};
	struct error error;

	pcap_header(&writer, 0x11223344, LINKTYPE_ETHERNET);
	assert_null(open_written(*state, &writer, "", NULL, &error));
	assert_says(&error, "not a capture file in pcap or pcapng format");
}

static void what_cannot_be_opened_is_named(void **state)
{
	const struct place *place = *state;
	struct error error;

	assert_null(source_open_file(place->folder, "", NULL, NULL, &error));
	assert_says(&error, "directory");
	assert_says(&error, place->folder);
	assert_null(source_open_file(place->path, "", NULL, NULL, &error));
	assert_says(&error, "No such file");
	assert_says(&error, place->path);
}

static void an_absurd_captured_length_fails(void **state)
{
	struct writer writer = {0};
	struct seen seen = {0};
	struct error error;
	struct source *source;
	uint8_t data[60] = {0};

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	pcap_record(&writer, 0, 0, 60, 60, data);
	put(&writer, 0, 4);
	put(&writer, 0, 4);
	put(&writer, 0x7fffffff, 4);
	put(&writer, 0x7fffffff, 4);
	put_bytes(&writer, data, 60);
	source = open_written(*state, &writer, "", &seen, &error);
	assert_non_null(source);
	assert_int_equal(read_to_end(source, &seen, &error), SOURCE_FAILED);
	assert_int_equal(seen.n, 1);
	assert_says(&error, "after 1 packets");
	source_close(source);
}

static void more_captured_than_the_wire_had_is_cut(void **state)
{
	struct writer writer = {0};
	struct seen seen = {0};
	struct error error;
	struct source *source;
	uint8_t data[60] = {0};

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	pcap_record(&writer, 0, 0, 60, 30, data);
	source = open_written(*state, &writer, "", &seen, &error);
	assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
	assert_int_equal(seen.frames[0].captured, 30);
	assert_int_equal(seen.frames[0].length, 30);
	source_close(source);
}

/* Units of 2^-0 seconds and a stamp of 2^64 - 1 of them: beyond what nanoseconds hold. */
static void an_absurd_time_is_cut(void **state)
{
	struct writer writer = {0};
	struct seen seen = {0};
	struct error error;
	struct source *source;
	uint8_t data[4] = {0};

	ng_section(&writer);
	put(&writer, 1, 4);
	put(&writer, 32, 4);
	put(&writer, LINKTYPE_ETHERNET, 2);
	put(&writer, 0, 2);
	put(&writer, 65535, 4);
	put(&writer, 9, 2); /* if_tsresol */
	put(&writer, 1, 2);
	put(&writer, 0x80, 4);
	put(&writer, 0, 4); /* end of options */
	put(&writer, 32, 4);
	ng_packet(&writer, 0, INT64_MAX, 4, 4, data);
	ng_packet(&writer, 0, UINT64_MAX, 4, 4, data);
	source = open_written(*state, &writer, "", &seen, &error);
	assert_non_null(source);
	assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.frames[0].time.ns, INT64_MAX);
	source_close(source);
}

static void cooked_files_carry_the_direction(void **state)
{
	static const struct {
		uint32_t link_type;
		size_t offset; /* of the packet type's low byte */
	} kinds[] = {{LINKTYPE_LINUX_SLL, 1}, {LINKTYPE_LINUX_SLL2, 10}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct writer writer = {0};
		struct seen seen = {0};
		struct error error;
		struct source *source;
		uint8_t data[40] = {0};

		pcap_header(&writer, 0xa1b2c3d4, kinds[i].link_type);
		for (uint8_t type = 0; type < 5; type++) {
			data[kinds[i].offset] = type;
			pcap_record(&writer, 0, 0, 40, 40, data);
		}
		source = open_written(*state, &writer, "", &seen, &error);
		assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
		assert_int_equal(seen.n, 5);
		for (size_t type = 0; type < 5; type++)
			assert_int_equal(seen.frames[type].direction,
					 type == 4 ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE);
		source_close(source);
	}
}

/* Ten frames, every second one ARP. A read of 2 sees 2, so it returns with 1 or none. */
static void the_filter_is_applied(void **state)
{
	struct writer writer = {0};
	struct seen seen = {0};
	struct error error;
	struct source *source;
	uint8_t frame[60] = {[12] = 0x08};

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	for (int i = 0; i < 10; i++) {
		frame[13] = i % 2 ? 0x06 : 0x00;
		frame[0] = (uint8_t)i;
		pcap_record(&writer, 0, 0, 60, 60, frame);
	}
	source = open_written(*state, &writer, "arp", &seen, &error);
	assert_non_null(source);
	assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
	assert_int_equal(seen.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(seen.first_byte[i], 2 * i + 1);
	source_close(source);

	memset(&seen, 0, sizeof(seen));
	source = open_written(*state, &writer, "udp", &seen, &error);
	assert_int_equal(read_to_end(source, &seen, &error), SOURCE_END);
	assert_int_equal(seen.n, 0);
	source_close(source);
}

static void a_bad_filter_is_named(void **state)
{
	struct writer writer = {0};
	struct error error;

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	assert_null(open_written(*state, &writer, "tcp port port", NULL, &error));
	assert_says(&error, "filter 'tcp port port'");
}

static void stop_is_the_end(void **state)
{
	struct writer writer = {0};
	struct seen seen = {0};
	struct error error;
	struct source *source;
	uint8_t data[60] = {0};
	size_t handled;

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	for (int i = 0; i < 5; i++)
		pcap_record(&writer, 0, 0, 60, 60, data);
	source = open_written(*state, &writer, "", &seen, &error);
	assert_int_equal(source_read(source, 2, see, &seen, &handled, &error), SOURCE_OK);
	assert_int_equal(handled, 2);
	source_stop(source);
	assert_int_equal(source_read(source, 2, see, &seen, &handled, &error), SOURCE_END);
	assert_int_equal(handled, 0);
	source_close(source);
}

/* The reader of a FIFO in a thread of its own; the writer is the test. */
struct pipe_reader {
	const char *path;
	struct source *source;
	struct seen seen;
	struct error error;
	enum source_state state;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t waits; /* as seen by the test, with the frames at the last one */
	size_t frames_at_wait;
};

static void announce_wait(void *context)
{
	struct pipe_reader *reader = context;

	pthread_mutex_lock(&reader->lock);
	reader->waits++;
	reader->frames_at_wait = reader->seen.n;
	pthread_cond_signal(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
}

static void *read_pipe(void *context)
{
	struct pipe_reader *reader = context;
	struct source *source =
		source_open_file(reader->path, "", announce_wait, reader, &reader->error);
	size_t handled;

	pthread_mutex_lock(&reader->lock);
	reader->source = source;
	pthread_cond_signal(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
	do
		reader->state = source ? source_read(source, 1000, see, &reader->seen, &handled,
						     &reader->error)
				       : SOURCE_FAILED;
	while (reader->state == SOURCE_OK);
	return NULL;
}

static void wait_for_frames(struct pipe_reader *reader, size_t waits, size_t frames)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += 10;
	pthread_mutex_lock(&reader->lock);
	while (reader->waits < waits || reader->frames_at_wait != frames)
		assert_int_equal(pthread_cond_timedwait(&reader->changed, &reader->lock, &deadline),
				 0);
	pthread_mutex_unlock(&reader->lock);
}

static struct pipe_reader *start_pipe(const struct place *place, pthread_t *thread, FILE **out)
{
	struct pipe_reader *reader = calloc(1, sizeof(*reader));

	assert_non_null(reader);
	reader->path = place->path;
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->changed, NULL);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_int_equal(pthread_create(thread, NULL, read_pipe, reader), 0);
	*out = fopen(place->path, "w");
	assert_non_null(*out);
	return reader;
}

static void send_bytes(FILE *out, const uint8_t *bytes, size_t n)
{
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fflush(out), 0);
}

static void a_pause_of_a_pipe_is_announced_once_all_is_handed_over(void **state)
{
	struct writer writer = {0};
	uint8_t data[60] = {0};
	struct pipe_reader *reader;
	pthread_t thread;
	FILE *out;

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	for (int i = 0; i < 3; i++)
		pcap_record(&writer, 0, 0, 60, 60, data);
	reader = start_pipe(*state, &thread, &out);
	send_bytes(out, writer.bytes, writer.n - 10); /* the third one is not whole */
	wait_for_frames(reader, 1, 2);
	send_bytes(out, writer.bytes + writer.n - 10, 10);
	wait_for_frames(reader, 2, 3);
	fclose(out);
	pthread_join(thread, NULL);
	assert_int_equal(reader->state, SOURCE_END);
	assert_int_equal(reader->seen.n, 3);
	source_close(reader->source);
	free(reader);
}

static double milliseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* In the middle of a record, too: that is an end, and no damage. */
static void wake_ends_a_read_that_blocks(void **state)
{
	struct writer writer = {0};
	uint8_t data[60] = {0};
	struct pipe_reader *reader;
	struct timespec start;
	pthread_t thread;
	FILE *out;

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	pcap_record(&writer, 0, 0, 60, 60, data);
	pcap_record(&writer, 0, 0, 60, 60, data);
	reader = start_pipe(*state, &thread, &out);
	send_bytes(out, writer.bytes, writer.n - 30);
	wait_for_frames(reader, 1, 1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	source_wake(reader->source);
	pthread_join(thread, NULL);
	assert_true(milliseconds_since(&start) < 1000);
	assert_int_equal(reader->state, SOURCE_END);
	assert_int_equal(reader->seen.n, 1);
	source_close(reader->source);
	free(reader);
	fclose(out);
}

static void a_pipe_that_breaks_in_a_record_fails(void **state)
{
	struct writer writer = {0};
	uint8_t data[60] = {0};
	struct pipe_reader *reader;
	pthread_t thread;
	FILE *out;

	pcap_header(&writer, 0xa1b2c3d4, LINKTYPE_ETHERNET);
	pcap_record(&writer, 0, 0, 60, 60, data);
	reader = start_pipe(*state, &thread, &out);
	send_bytes(out, writer.bytes, writer.n - 1);
	fclose(out);
	pthread_join(thread, NULL);
	assert_int_equal(reader->state, SOURCE_FAILED);
	assert_says(&reader->error, "after 0 packets");
	source_close(reader->source);
	free(reader);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(pcap_of_both_byte_orders_and_resolutions_is_read),
		IN_A_FOLDER(pcapng_is_read),
		IN_A_FOLDER(pcapng_of_mixed_link_types_fails_after_what_was_read),
		IN_A_FOLDER(a_file_that_is_cut_hands_over_what_was_whole),
		IN_A_FOLDER(a_header_that_is_cut_is_refused),
		IN_A_FOLDER(a_wrong_magic_is_refused),
		IN_A_FOLDER(what_cannot_be_opened_is_named),
		IN_A_FOLDER(an_absurd_captured_length_fails),
		IN_A_FOLDER(more_captured_than_the_wire_had_is_cut),
		IN_A_FOLDER(an_absurd_time_is_cut),
		IN_A_FOLDER(cooked_files_carry_the_direction),
		IN_A_FOLDER(the_filter_is_applied),
		IN_A_FOLDER(a_bad_filter_is_named),
		IN_A_FOLDER(stop_is_the_end),
		IN_A_FOLDER(a_pause_of_a_pipe_is_announced_once_all_is_handed_over),
		IN_A_FOLDER(wake_ends_a_read_that_blocks),
		IN_A_FOLDER(a_pipe_that_breaks_in_a_record_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
