#include <unicode/ucal.h>

/* ICU's symbols carry its version, by macros that Swift does not see. */

/* The IANA zone of the world at large for a zone of Windows, by CLDR: how many characters, or 0 when there is none. */
static inline int32_t clibicu_zone_of_windows(const UChar *name, int32_t length, UChar *zone, int32_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    int32_t count = ucal_getTimeZoneIDForWindowsID(name, length, NULL, zone, capacity, &status);
    return U_SUCCESS(status) && count <= capacity ? count : 0;
}
