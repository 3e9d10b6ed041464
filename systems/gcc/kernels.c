/* Small programs of different kinds, one of which is compiled: -DKERNEL=matrix. A pass begins and ends the same. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KERNEL_KIND static __attribute__((noinline, unused)) /* those that are not chosen leave no code */

static uint32_t state;

static uint32_t chance(void) { /* xorshift, Marsaglia 2003 */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* matrix: a product of two 88 x 88 matrices, then a smoothing of it; regular loops over floats */
enum { N = 88 };
static float left[N][N], right[N][N], product[N][N];

KERNEL_KIND double matrix(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            left[i][j] = (float)(i + j) / N;
            right[i][j] = (float)(i - j) / N;
            product[i][j] = 0;
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++) product[i][j] += left[i][k] * right[k][j];
    for (int turn = 0; turn < 4; turn++)
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                left[i][j] = 0.25f * (product[i - 1][j] + product[i + 1][j] + product[i][j - 1] + left[i][j + 1]);
    return left[N / 2][N / 2];
}

/* sort: two ways to sort 6000 numbers; branches that nobody can foresee, and calls */
enum { M = 6000 };
static int32_t numbers[M];

static int by_value(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void shuffle(void) {
    for (int i = 0; i < M; i++) numbers[i] = (int32_t)chance();
}

static void quick(int32_t *from, int32_t *to) {
    while (to - from > 12) {
        int32_t pivot = from[(to - from) / 2], *low = from, *high = to;
        while (low <= high) {
            while (*low < pivot) low++;
            while (*high > pivot) high--;
            if (low <= high) {
                int32_t kept = *low;
                *low++ = *high;
                *high-- = kept;
            }
        }
        quick(from, high);
        from = low;
    }
    for (int32_t *at = from + 1; at <= to; at++) {
        int32_t taken = *at, *place = at;
        for (; place > from && place[-1] > taken; place--) *place = place[-1];
        *place = taken;
    }
}

KERNEL_KIND double sort(void) {
    shuffle();
    quick(numbers, numbers + M - 1);
    double middle = numbers[M / 2];
    for (int i = 0; i < M; i += 2) numbers[i] ^= i;
    for (int i = M / 2 - 1; i >= 0; i--) { /* a heap, checked with the comparison that qsort would call */
        int32_t taken = numbers[i];
        int at = i;
        for (int child = 2 * at + 1; child < M; child = 2 * at + 1) {
            if (child + 1 < M && by_value(&numbers[child + 1], &numbers[child]) > 0) child++;
            if (by_value(&taken, &numbers[child]) >= 0) break;
            numbers[at] = numbers[child];
            at = child;
        }
        numbers[at] = taken;
    }
    return middle + numbers[0];
}

/* words: counts the words of a text in a table of chains; pointers, bytes, short loops */
enum { TEXT = 60000, SLOTS = 512, ENTRIES = 4096 };
struct entry {
    struct entry *next;
    uint32_t hash, count;
    char word[16];
};
static char text[TEXT];
static struct entry entries[ENTRIES], *slots[SLOTS];

static uint32_t hashed(const char *word, int n) { /* FNV-1a */
    uint32_t hash = 2166136261u;
    for (int i = 0; i < n; i++) hash = (hash ^ (uint8_t)word[i]) * 16777619u;
    return hash;
}

KERNEL_KIND double words(void) {
    for (int i = 0; i < TEXT; i++) {
        uint32_t drawn = chance();
        text[i] = drawn % 5 == 0 ? ' ' : (char)('a' + (drawn >> 8) % 6);
    }
    memset(slots, 0, sizeof slots);
    int used = 0;
    uint32_t most = 0;
    for (int at = 0; at < TEXT;) {
        int n = 0;
        while (at + n < TEXT && n < 15 && text[at + n] != ' ') n++;
        if (n == 0) {
            at++;
            continue;
        }
        uint32_t hash = hashed(text + at, n);
        struct entry *found = slots[hash % SLOTS];
        while (found && (found->hash != hash || strncmp(found->word, text + at, (size_t)n) || found->word[n]))
            found = found->next;
        if (!found && used < ENTRIES) {
            found = &entries[used++];
            found->hash = hash;
            found->count = 0;
            found->next = slots[hash % SLOTS];
            memset(found->word, 0, sizeof found->word);
            memcpy(found->word, text + at, (size_t)n);
            slots[hash % SLOTS] = found;
        }
        if (found && ++found->count > most) most = found->count;
        at += n;
    }
    return most + used;
}

/* bodies: sixty bodies that attract one another, ten steps; square roots and divisions in double precision */
enum { B = 60 };
static double place[B][3], speed[B][3], mass[B];

KERNEL_KIND double bodies(void) {
    for (int i = 0; i < B; i++) {
        mass[i] = 1 + chance() % 8;
        for (int d = 0; d < 3; d++) {
            place[i][d] = chance() % 1000 / 10.0;
            speed[i][d] = 0;
        }
    }
    for (int step = 0; step < 10; step++) {
        for (int i = 0; i < B; i++)
            for (int j = 0; j < B; j++) {
                double way[3], square = 0.01;
                for (int d = 0; d < 3; d++) {
                    way[d] = place[j][d] - place[i][d];
                    square += way[d] * way[d];
                }
                double pull = mass[j] / (square * sqrt(square));
                for (int d = 0; d < 3; d++) speed[i][d] += 0.01 * pull * way[d];
            }
        for (int i = 0; i < B; i++)
            for (int d = 0; d < 3; d++) place[i][d] += 0.01 * speed[i][d];
    }
    return place[0][0];
}

int main(int argc, char **argv) {
    int passes = argc > 1 ? atoi(argv[1]) : 1;
    double sum = 0;
    clock_t start = clock();
    for (int pass = 0; pass < passes; pass++) {
        state = 2463534242u;
        sum += KERNEL();
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC / passes;
    printf("%.9f %g\n", argc > 2 ? seconds : 0, sum); /* a time that differs would take other steps to print */
    return 0;
}
