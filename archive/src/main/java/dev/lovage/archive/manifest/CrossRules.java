package dev.lovage.archive.manifest;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// The rules that compare fields of a manifest with each other. They run beside the schema, on whatever has the right
/// type:
///
/// 1. `id` and `batch_code` are equal, and equal to what the caller knows the batch by.
/// 2. A path is relative with `/`, has no part `.` or `..`, no drive, no control character, is in Unicode's form NFC,
///    and each part has at most 255 bytes. No two are equal but for upper and lower case, and none is another's folder.
/// 3. `file_paths` and the paths of `files` are the same, each once.
/// 4. A digest is not that of the empty file.
/// 5. The masters of an item have all a sequence or none, from 1 without gap or repeat; those of other roles do not
///    repeat. Without items the batch is one item.
/// 6. The files of items are among `file_paths`, and in one item only; if any item lists files, each master is in one.
///    Item ids do not repeat, no item is its own ancestor, and `pages_expected` is the number of its masters.
/// 7. `expected` counts the files, and the bytes if every file tells its size.
/// 8. `bit_depth` fits `color_mode`; `group4` is for bitonal images.
/// 9. The size of an uncompressed master is that of its pixels, and at most a tenth and 1 MiB more.
/// 10. The calibration has passed and stands for this batch ([CalibrationPolicy]).
/// 11. A batch without files has `settings`: it is still to be captured.
/// 12. An image action by hand names its operator.
final class CrossRules {
    private static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final long UNCOMPRESSED_EXTRA = 1 << 20;
    private static final List<String> ACTIONS = List.of("split", "crop", "deskew", "inversion");
    private static final Map<String, List<Integer>> DEPTHS =
            Map.of("bitonal", List.of(1), "gray", List.of(8, 16), "rgb", List.of(24, 48));

    private final JsonNode manifest;
    private final Findings findings;
    private final boolean listed;
    private final boolean described;
    /// Of each path in `file_paths`, the first place.
    private final Map<String, Integer> paths = new HashMap<>();
    /// Of each path in `files`, the first place.
    private final Map<String, Integer> entries = new HashMap<>();
    /// Of each path in an item, that item's place.
    private final Map<String, Integer> owners = new HashMap<>();

    CrossRules(JsonNode manifest, Findings findings) {
        this.manifest = manifest;
        this.findings = findings;
        this.listed = manifest.path("file_paths").isArray();
        this.described = manifest.path("files").isArray();
    }

    void check(Optional<String> batchId, CalibrationPolicy policy) {
        ids(batchId);
        instants();
        paths();
        entries();
        items();
        sequences();
        expected();
        depth();
        sizes();
        calibration(policy);
        captureFirst();
        actions();
    }

    private JsonNode file(int index) {
        return manifest.path("files").path(index);
    }

    private int files() {
        return described ? manifest.path("files").size() : 0;
    }

    private static boolean master(JsonNode file) {
        return Fields.text(file, "role").orElse("master").equals("master");
    }

    private void ids(Optional<String> batchId) {
        Optional<String> id = Fields.text(manifest, "id");
        Optional<String> code = Fields.text(manifest, "batch_code");
        if (id.isPresent() && code.isPresent() && !id.equals(code)) {
            findings.add(
                    "/batch_code",
                    "Found " + shown(code.get()) + "; expected the same as id, " + shown(id.get())
                            + ": both name the batch.");
        }
        if (batchId.isEmpty()) {
            return;
        }
        if (!batchId.get().matches("[0-9A-Za-z._-]{1,64}")) {
            findings.add(
                    "/id",
                    "The batch is called " + shown(batchId.get())
                            + "; expected 1 to 64 letters, digits, dots, underscores and hyphens of ASCII.");
        }
        Optional<String> own = id.or(() -> code);
        if (own.isPresent() && !own.equals(batchId)) {
            findings.add(
                    id.isPresent() ? "/id" : "/batch_code",
                    "Found " + shown(own.get()) + "; expected " + shown(batchId.get())
                            + ", the id that the batch was sent with.");
        }
    }

    /// The schema takes all of RFC 3339; a leap second is no point of the time line here.
    private void instants() {
        instant(manifest, "", "created");
        instant(manifest, "", "deadline");
        instant(manifest.path("calibration"), "/calibration", "measured_at");
        for (int i = 0; i < files(); i++) {
            instant(file(i), "/files/" + i, "captured_at");
            for (String action : ACTIONS) {
                instant(file(i).path(action), "/files/" + i + "/" + action, "at");
            }
        }
    }

    private void instant(JsonNode object, String at, String name) {
        Optional<String> text = Fields.text(object, name);
        if (text.isPresent() && Fields.instant(object, name).isEmpty()) {
            findings.addFirst(
                    at + "/" + name,
                    "Found " + shown(text.get()) + "; expected a date and time with its offset from UTC, such as"
                            + " 2026-11-20T09:30:00+01:00, and no leap second.");
        }
    }

    private void paths() {
        Map<String, Integer> folded = new HashMap<>();
        JsonNode array = manifest.path("file_paths");
        for (int i = 0; listed && i < array.size(); i++) {
            if (!array.path(i).isString() || array.path(i).stringValue().isEmpty()) {
                continue;
            }
            String path = array.path(i).stringValue();
            paths.putIfAbsent(path, i);
            Optional<String> wrong = BatchPath.wrong(path);
            if (wrong.isPresent()) {
                findings.addFirst("/file_paths/" + i, wrong.get());
                continue;
            }
            Integer first = folded.putIfAbsent(BatchPath.folded(path), i);
            if (first != null) {
                findings.add(
                        "/file_paths/" + i,
                        "This path is the same as /file_paths/" + first
                                + ", or differs in upper and lower case only; expected each path once.");
            }
        }
        foldersThatAreFiles(folded);
        reference(manifest, "", "metadata_ref");
        reference(manifest.path("calibration"), "/calibration", "captured_file");
    }

    private void foldersThatAreFiles(Map<String, Integer> folded) {
        folded.entrySet().stream().sorted(Map.Entry.comparingByValue()).forEach(entry -> {
            String path = entry.getKey();
            for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
                Integer file = folded.get(path.substring(0, slash));
                if (file != null) {
                    findings.add(
                            "/file_paths/" + entry.getValue(),
                            "A folder of this path is a file, /file_paths/" + file + "; expected one of both.");
                }
            }
        });
    }

    private void reference(JsonNode object, String at, String name) {
        Fields.text(object, name)
                .filter(path -> !path.isEmpty())
                .flatMap(BatchPath::wrong)
                .ifPresent(wrong -> findings.addFirst(at + "/" + name, wrong));
    }

    private void entries() {
        for (int i = 0; i < files(); i++) {
            Optional<String> path = Fields.text(file(i), "path");
            if (path.isPresent()) {
                Integer first = entries.putIfAbsent(path.get(), i);
                if (first != null) {
                    findings.add("/files/" + i + "/path", "/files/" + first + " has this path too; expected it once.");
                } else if (listed && !paths.containsKey(path.get())) {
                    findings.add(
                            "/files/" + i + "/path",
                            "Found " + shown(path.get()) + ", which file_paths does not have. Add it there, or leave"
                                    + " the file out.");
                }
            }
            if (Fields.text(file(i), "sha256").equals(Optional.of(EMPTY_SHA256))) {
                findings.add(
                        "/files/" + i + "/sha256", "This is the digest of an empty file; expected that of a scan.");
            }
        }
        if (described) {
            paths.entrySet().stream()
                    .filter(path -> !entries.containsKey(path.getKey()))
                    .sorted(Map.Entry.comparingByValue())
                    .forEach(path -> findings.add(
                            "/file_paths/" + path.getValue(),
                            "Found " + shown(path.getKey())
                                    + ", which files does not have. Describe it there, or leave the path out."));
        }
    }

    private void items() {
        JsonNode items = manifest.path("items");
        if (!items.isArray()) {
            return;
        }
        Map<String, Integer> ids = new HashMap<>();
        for (int i = 0; i < items.size(); i++) {
            JsonNode item = items.path(i);
            String at = "/items/" + i;
            Integer first = ids.putIfAbsent(Fields.text(item, "item_id").orElse("/" + i), i);
            if (first != null) {
                findings.add(at + "/item_id", "/items/" + first + " has this id too; expected it once.");
            }
            reference(item, at, "metadata_ref");
            itemFiles(item, i);
        }
        ancestors(items, ids);
        if (described && !owners.isEmpty()) {
            for (int i = 0; i < files(); i++) {
                Optional<String> path = Fields.text(file(i), "path");
                if (path.isPresent() && master(file(i)) && !owners.containsKey(path.get())) {
                    findings.add(
                            "/files/" + i,
                            "This master belongs to no item, so it would be kept nowhere. Add its path to an item.");
                }
            }
        }
    }

    private void itemFiles(JsonNode item, int place) {
        long masters = 0;
        JsonNode files = item.path("files");
        for (int j = 0; files.isArray() && j < files.size(); j++) {
            if (!files.path(j).isString() || files.path(j).stringValue().isEmpty()) {
                continue;
            }
            String path = files.path(j).stringValue();
            String at = "/items/" + place + "/files/" + j;
            Integer entry = entries.get(path);
            if (listed && !paths.containsKey(path)) {
                findings.add(at, "Found " + shown(path) + ", which file_paths does not have. Correct the path.");
                continue;
            }
            Integer owner = owners.putIfAbsent(path, place);
            if (owner != null) {
                findings.add(at, "/items/" + owner + " has this file already; expected each file in one item, once.");
            } else if (entry == null || master(file(entry))) {
                masters++;
            }
        }
        Optional<Long> expected = Fields.whole(item, "pages_expected");
        if (expected.isPresent() && !files.isEmpty() && expected.get() != masters) {
            findings.add(
                    "/items/" + place + "/pages_expected",
                    "Found " + expected.get() + ", but the item lists " + masters
                            + " masters; expected one for each page.");
        }
    }

    private void ancestors(JsonNode items, Map<String, Integer> ids) {
        Set<Integer> rooted = new HashSet<>();
        for (int start = 0; start < items.size(); start++) {
            Set<Integer> way = new HashSet<>();
            Integer at = start;
            while (at != null && !rooted.contains(at)) {
                if (!way.add(at)) {
                    findings.add(
                            "/items/" + at + "/parent",
                            "This item is its own ancestor; expected parents that end at one without a parent.");
                    break;
                }
                at = Fields.text(items.path(at), "parent").map(ids::get).orElse(null);
            }
            rooted.addAll(way);
        }
    }

    private void sequences() {
        Map<String, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < files(); i++) {
            String role = Fields.text(file(i), "role").orElse("master");
            Integer owner = Fields.text(file(i), "path").map(owners::get).orElse(-1);
            groups.computeIfAbsent(role + owner, _ -> new ArrayList<>()).add(i);
        }
        groups.values().forEach(this::sequence);
    }

    private void sequence(List<Integer> group) {
        boolean masters = master(file(group.getFirst()));
        List<Integer> numbered = new ArrayList<>();
        for (int i : group) {
            if (Fields.whole(file(i), "sequence").isPresent()) {
                numbered.add(i);
            }
        }
        if (numbered.isEmpty()) {
            return;
        }
        for (int i : group) {
            if (masters && file(i).path("sequence").isMissingNode()) {
                findings.add(
                        "/files/" + i + "/sequence",
                        "This file has no sequence, but others of its item do; expected all or none.");
            }
        }
        numbered.sort(Comparator.comparingLong(this::sequenceOf));
        long before = 0;
        for (int i : numbered) {
            long own = sequenceOf(i);
            if (own == before) {
                findings.add("/files/" + i + "/sequence", "Page " + own + " of the item stands here again.");
            } else if (masters && own > before + 1) {
                findings.add(
                        "/files/" + i + "/sequence",
                        "Found page " + own + (before == 0 ? " as the first" : " after page " + before)
                                + " of the item; expected page " + (before + 1) + ".");
            }
            before = own;
        }
    }

    private long sequenceOf(int file) {
        return Fields.whole(file(file), "sequence").orElseThrow();
    }

    private void expected() {
        JsonNode expected = manifest.path("expected");
        Optional<Long> files = Fields.whole(expected, "files");
        int count = manifest.path("file_paths").size();
        if (files.isPresent() && listed && files.get() != count) {
            findings.add("/expected/files", "Found " + files.get() + ", but file_paths has " + count + " files.");
        }
        long bytes = 0;
        for (int i = 0; i < files(); i++) {
            Optional<Long> size = Fields.whole(file(i), "size");
            if (size.isEmpty()) {
                return;
            }
            bytes += size.get();
        }
        Optional<Long> total = Fields.whole(expected, "bytes");
        if (total.isPresent() && described && total.get() != bytes) {
            findings.add(
                    "/expected/bytes", "Found " + total.get() + ", but the sizes of files add up to " + bytes + ".");
        }
    }

    private void depth() {
        Optional<String> mode = Fields.text(manifest, "color_mode");
        Optional<Integer> depth = bitDepth();
        List<Integer> fitting = DEPTHS.getOrDefault(mode.orElse(""), List.of());
        if (depth.isPresent() && !fitting.isEmpty() && !fitting.contains(depth.get())) {
            findings.addFirst(
                    "/bit_depth",
                    "Found " + depth.get() + " bits a pixel with the color_mode " + mode.get() + "; expected "
                            + (fitting.size() == 1 ? fitting.get(0) : fitting.get(0) + " or " + fitting.get(1)) + ".");
        }
        if (Fields.text(manifest, "compression").equals(Optional.of("group4"))
                && mode.isPresent()
                && !fitting.isEmpty()
                && !mode.get().equals("bitonal")) {
            findings.add("/compression", "Found group4 with the color_mode " + mode.get() + "; it is for bitonal.");
        }
    }

    private Optional<Integer> bitDepth() {
        return Fields.whole(manifest, "bit_depth")
                .filter(bits -> bits >= 1 && bits <= 48)
                .map(Long::intValue);
    }

    private void sizes() {
        Optional<Integer> depth = bitDepth();
        if (depth.isEmpty() || !Fields.text(manifest, "compression").equals(Optional.of("none"))) {
            return;
        }
        for (int i = 0; i < files(); i++) {
            Optional<Long> width = Fields.whole(file(i), "width").filter(CrossRules::pixels);
            Optional<Long> height = Fields.whole(file(i), "height").filter(CrossRules::pixels);
            Optional<Long> size = Fields.whole(file(i), "size");
            if (width.isEmpty() || height.isEmpty() || size.isEmpty() || !master(file(i))) {
                continue;
            }
            long least = (width.get() * depth.get() + 7) / 8 * height.get();
            long most = least + least / 10 + UNCOMPRESSED_EXTRA;
            if (size.get() < least || size.get() > most) {
                findings.add(
                        "/files/" + i + "/size",
                        "Found " + size.get() + " bytes; expected from " + least + " to " + most
                                + " for an uncompressed image of " + width.get() + " × " + height.get() + " pixels of "
                                + depth.get() + " bits.");
            }
        }
    }

    private static boolean pixels(long count) {
        return count >= 1 && count <= 1_000_000;
    }

    private void calibration(CalibrationPolicy policy) {
        JsonNode calibration = manifest.path("calibration");
        if (!calibration.isObject()) {
            if (policy.required() && calibration.isMissingNode()) {
                findings.add("/calibration", "No calibration is told of, and the policy asks for one.");
            }
            return;
        }
        if (calibration.path("passed").isBoolean()
                && !calibration.path("passed").booleanValue()) {
            findings.add("/calibration/passed", "The calibration failed; calibrate the scanner and capture again.");
        }
        Optional<Instant> measured = Fields.instant(calibration, "measured_at");
        Optional<Instant> last = lastCapture();
        if (measured.isPresent() && last.isPresent()) {
            Duration age = Duration.between(measured.get(), last.get());
            if (age.compareTo(policy.ageMax()) > 0) {
                findings.add(
                        "/calibration/measured_at",
                        "The calibration is " + hours(age) + " older than the last capture, and at most "
                                + hours(policy.ageMax()) + " are allowed.");
            }
        }
        long masters = described
                ? IntStream.range(0, files()).filter(i -> master(file(i))).count()
                : paths.size();
        if (masters > policy.pagesMax()) {
            findings.add(
                    "/calibration",
                    "The batch has " + masters + " masters, and a calibration stands for " + policy.pagesMax()
                            + " at most. Split the batch, with a calibration for each.");
        }
    }

    private static String hours(Duration time) {
        return time.toHours() + " h " + time.toMinutesPart() + " min";
    }

    private Optional<Instant> lastCapture() {
        Optional<Instant> last = Optional.empty();
        for (int i = 0; i < files(); i++) {
            Optional<Instant> captured = Fields.instant(file(i), "captured_at");
            if (captured.isPresent() && (last.isEmpty() || captured.get().isAfter(last.get()))) {
                last = captured;
            }
        }
        return last.or(() -> Fields.instant(manifest, "created"));
    }

    private void captureFirst() {
        if (listed
                && manifest.path("file_paths").isEmpty()
                && manifest.path("settings").isMissingNode()) {
            findings.add(
                    "/settings",
                    "There are no files and no capture settings; expected files, or settings to capture them with.");
        }
    }

    private void actions() {
        for (int i = 0; i < files(); i++) {
            for (String name : ACTIONS) {
                JsonNode action = file(i).path(name);
                if (Fields.text(action, "by").equals(Optional.of("manual"))
                        && action.path("operator_ref").isMissingNode()) {
                    findings.add(
                            "/files/" + i + "/" + name + "/operator_ref",
                            "This was done by hand; expected the operator who did it.");
                }
            }
        }
    }

    private static String shown(String text) {
        return text.length() <= 200 ? "'" + text + "'" : "'" + text.substring(0, 200) + "…'";
    }
}
