/* Standard input, output and error that are closed, filled with something that refuses to serve. */
#include "base/standard_files.h"

#include <fcntl.h>
#include <unistd.h>

void standard_files_keep(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The wrong way round: to use it fails, as it does where it is closed. */
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode) < 0)
			return;
	}
}
