package dev.lovage.records.rulefile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/// A rule file as read: one YAML document of plain mappings, sequences and scalars, with the SHA-256 of its bytes.
///
/// Aliases, anchored collections, tags, repeated keys and a second document are refused: a reviewer must see in
/// the text what the rule says.
///
/// @param name what messages call it
/// @param sha256 of the exact bytes, in lower-case hexadecimal
public record RuleFile(String name, String sha256, Node root) {
    private static final int DEPTH_MAX = 32;
    private static final Pattern PROBLEM = Pattern.compile("line (\\d{1,9}), column");

    /// Reads a file that is shipped with this module.
    ///
    /// @param path below `dev/lovage/records/` on the class path, such as `regimes/us-fed-foia.yaml`
    /// @throws RuleFileException if it is not a rule file
    public static RuleFile bundled(String path) {
        try (InputStream in = RuleFile.class.getResourceAsStream("/dev/lovage/records/" + path)) {
            if (in == null) {
                throw new IllegalArgumentException("No rule file named " + path + " is shipped with this program."
                        + " Name one of those in the folders calendars, regimes, policies and routing.");
            }
            return parse(path, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("The shipped rule file " + path + " cannot be read.", e);
        }
    }

    /// Reads a rule file from its bytes.
    ///
    /// @param bytes UTF-8
    /// @throws RuleFileException if the bytes are not one plain YAML document
    public static RuleFile parse(String name, byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RuleFileException(name, 1, "The bytes are not UTF-8. Save the file as UTF-8.");
        }
        try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new RuleFileException(name, 1, "The file is empty, a mapping was expected.");
            }
            Node root = new Reader(name, (YAMLParser) parser).node("", 0, lineOf(parser));
            if (parser.nextToken() != null) {
                throw new RuleFileException(
                        name, lineOf(parser), "A second document starts here, one was expected. Split the file.");
            }
            return new RuleFile(name, sha256(bytes), root);
        } catch (JacksonException e) {
            throw new RuleFileException(name, problemLine(e), "This is not YAML: " + e.getOriginalMessage());
        }
    }

    /// The parser's own location is where the surrounding collection began; its message ends with the problem's.
    private static int problemLine(JacksonException e) {
        return PROBLEM.matcher(String.valueOf(e.getOriginalMessage()))
                .results()
                .mapToInt(found -> Integer.parseInt(found.group(1)))
                .reduce(1, (earlier, later) -> later);
    }

    private static int lineOf(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    private record Reader(String name, YAMLParser parser) {
        /// @param line of the value, or of the key before it
        Node node(String path, int depth, int line) {
            refuseCleverness(line);
            if (depth > DEPTH_MAX) {
                throw new RuleFileException(name, line, "More than " + DEPTH_MAX + " levels are nested here.");
            }
            return new Node(name, line, path, value(line, path, depth));
        }

        private @Nullable Object value(int line, String path, int depth) {
            return switch (parser.currentToken()) {
                case START_OBJECT -> mapping(path, depth);
                case START_ARRAY -> sequence(path, depth);
                case VALUE_STRING -> parser.getString();
                case VALUE_NUMBER_INT -> parser.getBigIntegerValue();
                case VALUE_NUMBER_FLOAT -> decimal(line);
                case VALUE_TRUE -> true;
                case VALUE_FALSE -> false;
                case VALUE_NULL -> null;
                default ->
                    throw new RuleFileException(
                            name, line, "Found " + parser.currentToken() + ", a plain value was expected.");
            };
        }

        private BigDecimal decimal(int line) {
            try {
                return new BigDecimal(parser.getString());
            } catch (NumberFormatException e) {
                throw new RuleFileException(name, line, parser.getString() + " is not a decimal number.");
            }
        }

        private Map<String, Node> mapping(String path, int depth) {
            Map<String, Node> entries = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                int line = lineOf(parser);
                refuseCleverness(line);
                String key = parser.currentName();
                parser.nextToken();
                Node value = node(path.isEmpty() ? key : path + "." + key, depth + 1, line);
                if (entries.put(key, value) != null) {
                    throw new RuleFileException(name, line, "The key `" + key + "` stands here a second time.");
                }
            }
            return entries;
        }

        private List<Node> sequence(String path, int depth) {
            List<Node> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(node(path + "[" + items.size() + "]", depth + 1, lineOf(parser)));
            }
            return items;
        }

        private void refuseCleverness(int line) {
            if (parser.isCurrentAlias() || parser.getObjectId() != null || parser.getTypeId() != null) {
                throw new RuleFileException(
                        name, line, "Anchors (&), aliases (*) and tags (!) are not allowed. Write the value out.");
            }
        }
    }
}
