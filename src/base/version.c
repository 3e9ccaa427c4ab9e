/* The version, from configure.ac alone. */
#include "base/version.h"

#include "config.h"

const char *iptally_version(void)
{
	return PACKAGE_VERSION;
}
