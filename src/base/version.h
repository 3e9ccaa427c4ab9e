/* The version of this build. */
#ifndef IPTALLY_BASE_VERSION_H
#define IPTALLY_BASE_VERSION_H

const char *iptally_version(void);

#endif
