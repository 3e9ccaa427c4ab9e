/* Standard input, output and error are there, open or not: no other file takes their numbers. */
#ifndef IPTALLY_BASE_STANDARD_FILES_H
#define IPTALLY_BASE_STANDARD_FILES_H

/*
 * Before any file is opened. Where one of the three is closed, what is opened next would take its
 * number, and log lines or metrics would be written into a socket or a capture file.
 */
void standard_files_keep(void);

#endif
