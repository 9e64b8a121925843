#ifndef BUILD_INFO_H
#define BUILD_INFO_H

/// The commit that this was built from, with "+changes" when files differed from it; "unknown" when the build was not
/// told: Deploy/build tells it.
const char *build_commit(void);

#endif
