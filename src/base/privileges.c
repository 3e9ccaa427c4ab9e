/* Dropping privileges: user, groups, capabilities, no_new_privs. */
#include "base/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct passwd *find_user(const char *name)
{
	const struct passwd *user;

	if (name)
		return getpwnam(name);
	user = getpwnam("iptally");
	return user ? user : getpwnam("nobody");
}

static int become(const char *name, struct error *error)
{
	const struct passwd *user;

	errno = 0;
	user = find_user(name);
	if (!user)
		return error_set(error, ENOENT,
				 "--user: no such user: %s; name one that exists, or create it",
				 name ? name : "iptally, nor nobody");
	/* Capabilities survive the change of user in this thread alone, until they are set below. */
	if (prctl(PR_SET_KEEPCAPS, 1L) < 0 ||
	    (user->pw_uid != 0 && setgroups(1, &user->pw_gid) < 0) || setgid(user->pw_gid) < 0 ||
	    setuid(user->pw_uid) < 0)
		return error_set(error, errno, "cannot become user %s: %s", user->pw_name,
				 strerror(errno));
	return 0;
}

static int limit_capabilities(bool keep_net_raw, struct error *error)
{
	static const cap_value_t net_raw[] = {CAP_NET_RAW};
	cap_flag_value_t permitted = CAP_CLEAR;
	cap_t have = cap_get_proc(), want = cap_init();
	int rc = 0;

	if (!have || !want || cap_get_flag(have, CAP_NET_RAW, CAP_PERMITTED, &permitted) < 0)
		rc = -1;
	if (rc == 0 && keep_net_raw && permitted == CAP_SET)
		rc = cap_set_flag(want, CAP_PERMITTED, 1, net_raw, CAP_SET) |
		     cap_set_flag(want, CAP_EFFECTIVE, 1, net_raw, CAP_SET);
	if (rc == 0)
		rc = cap_set_proc(want);
	if (rc < 0)
		rc = error_set(error, errno, "cannot give up capabilities: %s", strerror(errno));
	cap_free(have);
	cap_free(want);
	return rc;
}

int privileges_drop(const char *user, bool keep_net_raw, struct error *error)
{
	int rc = geteuid() == 0 ? become(user, error) : 0;

	if (rc == 0)
		rc = limit_capabilities(keep_net_raw, error);
	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		rc = error_set(error, errno, "cannot refuse new privileges: %s", strerror(errno));
	return rc;
}

/* Whether nobody else can have put a symbolic link there. */
static bool is_in_roots_folder(const char *path)
{
	char folder[PATH_MAX];
	struct stat status;

	if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
		return false;
	return stat(dirname(folder), &status) == 0 && status.st_uid == 0 &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

int privileges_open(const char *user, const char *path, int flags, mode_t mode)
{
	const struct passwd *other = geteuid() == 0 ? find_user(user) : NULL;
	int fd, code;

	if (!other || other->pw_uid == 0)
		return open(path, flags, mode);
	setfsgid(other->pw_gid);
	setfsuid(other->pw_uid);
	fd = open(path, flags, mode);
	code = errno;
	setfsuid(0);
	setfsgid(0);
	errno = code;
	if (fd < 0 && (code == EACCES || code == EPERM))
		fd = open(path, flags | (is_in_roots_folder(path) ? 0 : O_NOFOLLOW), mode);
	return fd;
}
