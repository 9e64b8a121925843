#include "CLibICU.h"

#include <unicode/uidna.h>

typedef int32_t conversion(
    const UIDNA *idna, const char *name, int32_t length, char *dest, int32_t capacity, UIDNAInfo *info, UErrorCode *status);

static int32_t converted(conversion *convert, const char *name, int32_t length, char *dest, int32_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    UIDNA *idna = uidna_openUTS46(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII
            | UIDNA_NONTRANSITIONAL_TO_UNICODE,
        &status);
    if (U_FAILURE(status)) return 0;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    int32_t count = convert(idna, name, length, dest, capacity, &info, &status);
    uidna_close(idna);
    return U_SUCCESS(status) && info.errors == 0 && count <= capacity ? count : 0;
}

int32_t clibicu_ascii_of_name(const char *name, int32_t length, char *ascii, int32_t capacity) {
    return converted(uidna_nameToASCII_UTF8, name, length, ascii, capacity);
}

int32_t clibicu_unicode_of_name(const char *name, int32_t length, char *utf8, int32_t capacity) {
    return converted(uidna_nameToUnicodeUTF8, name, length, utf8, capacity);
}
