package dev.lovage.engine.payload;

import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.blob.BlobRef;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The form in which arguments travel as a reference.
///
/// A signature allows it by the header `lovage_payload`, a list. When its arguments have to go, `[args,
/// kwargs]` is kept as JSON, and what is left of them is one keyword argument, `lovage_payload`, with digest,
/// size and media type; the header lists all that the arguments consist of, for people. What an earlier step's
/// result puts before the arguments stays before them: a signature whose arguments are a reference is a
/// signature like any other, may travel in others, and may be sent on by Python. A Python worker that is to run
/// it fails: its function knows no argument of that name.
public final class ByReference {
    /// Of the header and of the keyword argument.
    public static final String NAME = "lovage_payload";

    private static final byte[] NAME_BYTES = NAME.getBytes(StandardCharsets.US_ASCII);
    private static final String MEDIA_TYPE = "application/json";
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    /// References to references to..., as long chains of partial steps make them.
    private static final int DEPTH_MAX = 100;

    private ByReference() {}

    public static boolean allowed(ObjectNode signature) {
        return signature.path("options").path("headers").path(NAME).isArray();
    }

    /// Keeps the arguments of a signature, and puts a reference in their place.
    ///
    /// @throws PayloadsAway if they can't be written just now
    public static void replace(ObjectNode signature, Payloads payloads) {
        var ref = payloads.keep(arguments(signature), MEDIA_TYPE);
        var node = Json.object()
                .put("digest", ref.digest())
                .put("size", ref.size())
                .put("media_type", ref.mediaType());
        signature.putArray("args");
        signature.putObject("kwargs").set(NAME, node);
        signature.withObject("/options/headers").withArray("/" + NAME).add(node.deepCopy());
    }

    /// What [#replace] keeps.
    public static byte[] arguments(ObjectNode signature) {
        var args = signature.get("args") instanceof ArrayNode given ? given : Json.array();
        var kwargs = signature.get("kwargs") instanceof ObjectNode given ? given : Json.object();
        return Json.bytes(Json.array().add(args).add(kwargs));
    }

    public static boolean isReference(ObjectNode kwargs) {
        return kwargs.path(NAME).isObject();
    }

    /// The arguments that a reference stands for.
    ///
    /// @throws IOException if they are not there, are damaged or can't be read
    public static Arguments fetch(ArrayNode args, ObjectNode kwargs, Payloads payloads) throws IOException {
        var all = args.deepCopy();
        var named = kwargs;
        for (int depth = 0; isReference(named); depth++) {
            if (depth == DEPTH_MAX) {
                throw new IOException(
                        "They are a reference to references, more than " + DEPTH_MAX + " of them, one in the other.");
            }
            var kept = read(ref(named.get(NAME)), payloads);
            kept.get(0).forEach(all::add);
            named = (ObjectNode) kept.get(1);
        }
        return new Arguments(all, named);
    }

    private static BlobRef ref(JsonNode node) throws IOException {
        try {
            return new BlobRef(
                    node.path("digest").asString(""),
                    node.path("size").asLong(-1),
                    node.path("media_type").asString(""));
        } catch (IllegalArgumentException e) {
            throw new IOException("The reference " + node + " is none: " + e.getMessage(), e);
        }
    }

    private static JsonNode read(BlobRef ref, Payloads payloads) throws IOException {
        try {
            var kept = Json.read(fetch(ref, payloads));
            if (kept.size() == 2 && kept.get(0).isArray() && kept.get(1).isObject()) {
                return kept;
            }
        } catch (JacksonException e) {
            throw new IOException("The payload " + ref.digest() + " is not JSON: " + e.getOriginalMessage(), e);
        }
        throw new IOException("The payload " + ref.digest() + " holds no arguments, which are [args, kwargs].");
    }

    private static byte[] fetch(BlobRef ref, Payloads payloads) throws IOException {
        try {
            return payloads.fetch(ref);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "There is no payload " + ref.digest() + " of " + ref.size() + " bytes at " + e.getFile() + ".", e);
        }
    }

    /// The digests of all payloads that a message names, for itself or for what follows it.
    public static Set<String> named(Message message) {
        var body = message.expanded();
        var found = new LinkedHashSet<String>();
        if (message.headers().contains(NAME)) {
            digests(message.headers(), found);
        }
        if (holdsName(body)) {
            digests(new String(body, StandardCharsets.ISO_8859_1), found);
        }
        return found;
    }

    /// The digests of all payloads that a text in JSON names, such as a signature.
    public static Set<String> named(String json) {
        var found = new LinkedHashSet<String>();
        if (json.contains(NAME)) {
            digests(json, found);
        }
        return found;
    }

    /// Adds every digest in a text. One too many keeps a payload for longer; one too few would lose it.
    public static void digests(String text, Set<String> found) {
        var matcher = DIGEST.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group());
        }
    }

    private static boolean holdsName(byte[] body) {
        for (int at = 0; at <= body.length - NAME_BYTES.length; at++) {
            if (body[at] == NAME_BYTES[0] && startsAt(body, at)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsAt(byte[] body, int at) {
        for (int i = 1; i < NAME_BYTES.length; i++) {
            if (body[at + i] != NAME_BYTES[i]) {
                return false;
            }
        }
        return true;
    }
}
