#ifndef CLIBICU_H
#define CLIBICU_H

#include <stdint.h>

/* What Swift calls of ICU, without ICU's own headers: Foundation brings along a module of another ICU's, and one file of
   Swift cannot see both. Both functions convert a domain name by UTS #46 and STD 3 without the transitional forms, and
   return how many bytes they wrote, or 0 for what is no name. */

/* A domain name in lower case and ASCII. */
int32_t clibicu_ascii_of_name(const char *name, int32_t length, char *ascii, int32_t capacity);

/* A domain name in lower case, in UTF-8. */
int32_t clibicu_unicode_of_name(const char *name, int32_t length, char *utf8, int32_t capacity);

#endif
