#include <unicode/uidna.h>

/* ICU's symbols carry its version, by macros that Swift does not see. */

/* A domain name in lower case and ASCII, by UTS #46 and STD 3 without the transitional forms: how many bytes, or 0 for what
   is no name. */
static inline int32_t clibicu_ascii_of_name(const char *name, int32_t length, char *ascii, int32_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    UIDNA *idna = uidna_openUTS46(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &status);
    if (U_FAILURE(status)) return 0;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    int32_t count = uidna_nameToASCII_UTF8(idna, name, length, ascii, capacity, &info, &status);
    uidna_close(idna);
    return U_SUCCESS(status) && info.errors == 0 && count <= capacity ? count : 0;
}
