import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Keeps so many MB alive, and leaves garbage beside them: `java Churn PATTERN MB`. The same work in every run. */
public final class Churn {
    private static final int SEED = 7;

    public static void main(String[] args) {
        int liveBytes = Integer.parseInt(args[1]) << 20;
        SplittableRandom chance = new SplittableRandom(SEED);
        long result = switch (args[0]) {
            case "cache" -> cache(liveBytes, chance);
            case "trees" -> trees(liveBytes, chance);
            case "words" -> words(liveBytes, chance);
            case "grid" -> grid(liveBytes);
            default -> throw new IllegalArgumentException("no pattern " + args[0]);
        };
        System.out.println("result " + result);
    }

    /** Values that are looked up and replaced; the one that was used longest ago goes, so that old objects die. */
    private static long cache(int liveBytes, SplittableRandom chance) {
        int capacity = liveBytes / 400;
        Map<Integer, byte[]> held = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, byte[]> eldest) {
                return size() > capacity;
            }
        };
        long sum = 0;
        for (int i = 0; i < 300_000 + capacity; i++) {
            int key = i < capacity ? i : chance.nextInt(2 * capacity);
            byte[] value = held.get(key);
            if (value == null) {
                value = new byte[128 + chance.nextInt(400)];
                value[key % value.length] = (byte) key;
                held.put(key, value);
            }
            sum += value[key % value.length];
        }
        return sum;
    }

    private record Tree(Tree left, Tree right, int value) {
        static Tree of(int depth) {
            return depth == 0 ? new Tree(null, null, 1) : new Tree(of(depth - 1), of(depth - 1), depth);
        }

        long sum() {
            return value + (left == null ? 0 : left.sum() + right.sum());
        }
    }

    /** Small trees that are built, added up and dropped, while larger ones stay; now and then one of those is replaced. */
    private static long trees(int liveBytes, SplittableRandom chance) {
        Tree[] held = new Tree[Math.max(1, liveBytes / (24 << 13))];
        for (int i = 0; i < held.length; i++) {
            held[i] = Tree.of(12);
        }
        long sum = 0;
        for (int i = 0; i < 9_000; i++) {
            sum += Tree.of(9).sum();
            if (i % 64 == 0) {
                held[chance.nextInt(held.length)] = Tree.of(12);
            }
        }
        for (Tree tree : held) {
            sum += tree.sum();
        }
        return sum;
    }

    /** Sentences that are put together, taken apart and counted; the last ones stay. */
    private static long words(int liveBytes, SplittableRandom chance) {
        String[] known = new String[2000];
        for (int i = 0; i < known.length; i++) {
            known[i] = Integer.toString(i * 7919, 36);
        }
        Map<String, Integer> counts = new HashMap<>();
        ArrayDeque<String> held = new ArrayDeque<>();
        int capacity = liveBytes / 120;
        for (int i = 0; i < capacity; i++) {
            held.add(sentence(known, chance, 12));
        }
        for (int i = 0; i < 40_000; i++) {
            held.add(sentence(known, chance, 12));
            for (String word : held.remove().split(" ")) {
                counts.merge(word, 1, Integer::sum);
            }
        }
        return counts.values().stream().mapToLong(n -> (long) n * n).sum();
    }

    private static String sentence(String[] known, SplittableRandom chance, int length) {
        StringBuilder text = new StringBuilder();
        for (int k = 0; k < length; k++) {
            text.append(known[chance.nextInt(known.length)]).append(' ');
        }
        return text.toString();
    }

    /** Heat that spreads over a grid of large arrays, each step in new ones; the last steps stay. */
    private static long grid(int liveBytes) {
        int side = 256;
        ArrayDeque<double[]> held = new ArrayDeque<>();
        double[] now = new double[side * side];
        now[side * side / 2 + side / 2] = 1e6;
        for (int step = 0; step < 1200; step++) {
            double[] next = new double[side * side];
            for (int i = side; i < side * (side - 1); i++) {
                next[i] = now[i] + 0.2 * (now[i - 1] + now[i + 1] + now[i - side] + now[i + side] - 4 * now[i]);
            }
            held.add(next);
            if ((long) held.size() * next.length * Double.BYTES > liveBytes) {
                held.remove();
            }
            now = next;
        }
        double sum = 0;
        for (double value : now) {
            sum += value;
        }
        return Math.round(sum);
    }
}
