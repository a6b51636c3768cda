#include "tui/sgr.h"

#include <stdbool.h>

enum { PARTS = 8, NONE = -1, HUGE_NUMBER = 100000 };

enum code {
    CODE_RESET = 0,
    CODE_UNDERLINE = 4,
    CODE_FOREGROUND = 38,
    CODE_BACKGROUND = 48,
    CODE_LINE_COLOUR = 58
};
enum colour_form { FORM_RGB = 2, FORM_INDEX = 5 };

struct reader {
    const char *at, *end;
};

static int read_number(struct reader *reader)
{
    int number = 0;

    for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
         reader->at++) {
        if (number < HUGE_NUMBER)
            number = number * 10 + (*reader->at - '0');
    }
    return number;
}

/* Reads the next parameter, up to its semicolon, into its parts (the rest of
 * them 0); gives how many it has. */
static size_t read_parts(struct reader *reader, int parts[PARTS])
{
    size_t count = 0;

    for (size_t i = 0; i < PARTS; i++)
        parts[i] = 0;
    for (;;) {
        int number = read_number(reader);

        if (count < PARTS)
            parts[count++] = number;
        if (reader->at == reader->end || *reader->at != ':')
            return count;
        reader->at++;
    }
}

/* Goes behind the semicolon; false when that was the last parameter. */
static bool has_next(struct reader *reader)
{
    if (reader->at == reader->end)
        return false;
    reader->at++;
    return true;
}

static int next_value(struct reader *reader)
{
    int parts[PARTS];

    if (!has_next(reader))
        return NONE;
    read_parts(reader, parts);
    return parts[0];
}

static bool is_byte(int value)
{
    return value >= 0 && value <= 255;
}

static void set_colour(struct style *style, int code, uint32_t colour)
{
    if (code == CODE_FOREGROUND)
        style->foreground = colour;
    else if (code == CODE_BACKGROUND)
        style->background = colour;
}

static void set_index(struct style *style, int code, int index)
{
    if (is_byte(index))
        set_colour(style, code, COLOUR_INDEX + (uint32_t)index);
}

static void set_rgb(struct style *style, int code, int red, int green, int blue)
{
    if (is_byte(red) && is_byte(green) && is_byte(blue))
        set_colour(style, code,
                   COLOUR_RGB + ((uint32_t)red << 16) + ((uint32_t)green << 8) +
                       (uint32_t)blue);
}

/* 38;5;N and 38;2;R;G;B: the colour is in the parameters that follow. */
static void apply_following(struct style *style, int code,
                            struct reader *reader)
{
    int form = next_value(reader);

    if (form == FORM_INDEX) {
        set_index(style, code, next_value(reader));
    } else if (form == FORM_RGB) {
        int red = next_value(reader), green = next_value(reader);

        set_rgb(style, code, red, green, next_value(reader));
    }
}

/* 38:5:N, 38:2:R:G:B and, with the number of a colour space, 38:2:S:R:G:B. */
static void apply_parts(struct style *style, const int *parts, size_t count)
{
    if (parts[0] == CODE_UNDERLINE) {
        style->attributes &= (uint8_t)~ATTRIBUTE_UNDERLINE;
        if (parts[1])
            style->attributes |= ATTRIBUTE_UNDERLINE;
    } else if (parts[1] == FORM_INDEX && count > 2) {
        set_index(style, parts[0], parts[2]);
    } else if (parts[1] == FORM_RGB && count == 5) {
        set_rgb(style, parts[0], parts[2], parts[3], parts[4]);
    } else if (parts[1] == FORM_RGB && count > 5) {
        set_rgb(style, parts[0], parts[3], parts[4], parts[5]);
    }
}

static void apply_attribute(struct style *style, int code)
{
    static const struct {
        uint8_t code, clear, set;
    } rows[] = {
        { 1, 0, ATTRIBUTE_BOLD },
        { 2, 0, ATTRIBUTE_DIM },
        { 3, 0, ATTRIBUTE_ITALIC },
        { 4, 0, ATTRIBUTE_UNDERLINE },
        { 7, 0, ATTRIBUTE_REVERSE },
        { 21, 0, ATTRIBUTE_UNDERLINE }, /* doubly */
        { 22, ATTRIBUTE_BOLD | ATTRIBUTE_DIM, 0 },
        { 23, ATTRIBUTE_ITALIC, 0 },
        { 24, ATTRIBUTE_UNDERLINE, 0 },
        { 27, ATTRIBUTE_REVERSE, 0 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code != code)
            continue;
        style->attributes &= (uint8_t)~rows[i].clear;
        style->attributes |= rows[i].set;
    }
}

static void apply_code(struct style *style, int code)
{
    if (code == CODE_RESET)
        *style = (struct style){ .role = style->role };
    else if (code >= 30 && code <= 37)
        set_index(style, CODE_FOREGROUND, code - 30);
    else if (code >= 40 && code <= 47)
        set_index(style, CODE_BACKGROUND, code - 40);
    else if (code >= 90 && code <= 97)
        set_index(style, CODE_FOREGROUND, code - 90 + 8);
    else if (code >= 100 && code <= 107)
        set_index(style, CODE_BACKGROUND, code - 100 + 8);
    else if (code == 39)
        style->foreground = 0;
    else if (code == 49)
        style->background = 0;
    else
        apply_attribute(style, code);
}

void sgr_apply(struct style *style, const char *parameters, size_t size)
{
    struct reader reader = { parameters, parameters + size };

    do {
        int parts[PARTS];
        size_t count = read_parts(&reader, parts);

        if (count > 1)
            apply_parts(style, parts, count);
        else if (parts[0] == CODE_FOREGROUND || parts[0] == CODE_BACKGROUND ||
                 parts[0] == CODE_LINE_COLOUR)
            apply_following(style, parts[0], &reader);
        else
            apply_code(style, parts[0]);
    } while (has_next(&reader));
}
