package dev.lovage.archive.scanner;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A conversation with a SANE daemon about one device. One request is under way at a time, and its answer is read
/// whole. What the daemon refuses becomes a [CaptureFailed] with SANE's own name for it.
///
/// @see <a href="https://sane-project.gitlab.io/standard/net.html">SANE's network protocol</a>
final class SaneConnection implements Closeable {
    /// What is said beside images: a device list, descriptions, values. Real devices need some tens of kilobytes.
    private static final long CONTROL_BYTES_MAX = 8L << 20;

    private static final int DEVICES_MAX = 1000;
    private static final int OPTIONS_MAX = 5000;
    private static final int VALUES_MAX = 100_000;
    private static final int VALUE_BYTES_MAX = 1 << 20;
    private static final int VERSION = 1 << 24 | 3;
    private static final int GOOD = 0;

    private static final int INIT = 0;
    private static final int GET_DEVICES = 1;
    private static final int OPEN = 2;
    private static final int CLOSE = 3;
    private static final int GET_OPTION_DESCRIPTORS = 4;
    private static final int CONTROL_OPTION = 5;
    private static final int GET_PARAMETERS = 6;
    private static final int START = 7;
    private static final int CANCEL = 8;
    private static final int EXIT = 10;

    private static final int ACTION_GET = 0;
    private static final int ACTION_SET = 1;
    private static final int OPTIONS_CHANGED = 2;

    private final SaneAddress address;
    private final Patience patience;
    private final Socket socket;
    private final SaneInput in;
    private int handle = -1;

    /// A device that the daemon offers.
    record Device(String name, String vendor, String model) {
        String full() {
            return (vendor + " " + model).strip();
        }

        /// Whether people call it so: by its model, with or without its vendor.
        boolean isCalled(String wanted) {
            return wanted.equals(model) || wanted.equals(full());
        }
    }

    /// How the next image comes. Before a page is started these are estimates.
    ///
    /// @param format SANE's number: 0 gray, 1 red, green and blue
    /// @param lines -1 if the device can't tell beforehand
    record Parameters(int format, boolean lastFrame, int bytesPerLine, int pixelsPerLine, int lines, int depth) {}

    private SaneConnection(SaneAddress address, Patience patience, Socket socket) throws IOException {
        this.address = address;
        this.patience = patience;
        this.socket = socket;
        this.in = new SaneInput(socket, patience, address.toString(), CONTROL_BYTES_MAX);
    }

    /// Connects and introduces itself.
    static SaneConnection open(SaneAddress address, Patience patience) throws IOException {
        var connection = new SaneConnection(address, patience, connected(address, address.port(), patience));
        try {
            var request = new Request(INIT).word(VERSION).string("lovage");
            connection.ask(request);
            connection.good("greet it");
            int version = connection.in.word();
            if (version >>> 24 != 1) {
                throw connection.in.broken("the version " + (version >>> 24) + ", expected is 1");
            }
            return connection;
        } catch (IOException | RuntimeException e) {
            connection.socket.close();
            throw e;
        }
    }

    List<Device> devices() throws IOException {
        ask(new Request(GET_DEVICES));
        good("list its devices");
        int count = in.length("a device list", DEVICES_MAX);
        var devices = new ArrayList<Device>();
        for (int i = 0; i < count; i++) {
            if (in.present()) {
                devices.add(new Device(in.string(), in.string(), in.string()));
                in.string(); // its type, in the vendor's words
            }
        }
        return devices;
    }

    void openDevice() throws IOException {
        ask(new Request(OPEN).string(address.device()));
        int status = in.word();
        int opened = in.word();
        refusePasswords(in.string());
        require(status, "open the device");
        handle = opened;
    }

    List<SaneOption> options() throws IOException {
        ask(new Request(GET_OPTION_DESCRIPTORS).word(handle));
        int count = in.length("an option list", OPTIONS_MAX);
        var options = new ArrayList<SaneOption>();
        for (int i = 0; i < count; i++) {
            if (in.present()) {
                options.add(option(i));
            }
        }
        return options;
    }

    private SaneOption option(int index) throws IOException {
        var name = in.string();
        in.string(); // title
        in.string(); // description
        var type = SaneOption.Type.values()[in.length("an option's type", SaneOption.Type.values().length - 1)];
        var unit = SaneOption.Unit.values()[in.length("an option's unit", SaneOption.Unit.values().length - 1)];
        int size = in.length("an option's size", VALUE_BYTES_MAX);
        int capabilities = in.word();
        var constraint = switch (in.length("a constraint's type", 3)) {
            case 1 ->
                in.present()
                        ? new SaneOption.Constraint.Range(in.word(), in.word(), in.word())
                        : new SaneOption.Constraint.None();
            case 2 -> words();
            case 3 -> texts();
            default -> new SaneOption.Constraint.None();
        };
        return new SaneOption(index, name, type, unit, size, capabilities, constraint);
    }

    private SaneOption.Constraint words() throws IOException {
        int count = in.length("a list of values", VALUES_MAX);
        var words = in.words(count);
        // The list's first word is its own length again.
        return new SaneOption.Constraint.Words(words.isEmpty() ? words : words.subList(1, count));
    }

    private SaneOption.Constraint texts() throws IOException {
        int count = in.length("a list of values", VALUES_MAX);
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            var text = in.string();
            if (!text.isEmpty() || i < count - 1) {
                texts.add(text);
            }
        }
        return new SaneOption.Constraint.Texts(texts);
    }

    SaneOption.Value value(SaneOption option) throws IOException {
        ask(control(option, ACTION_GET, null));
        return answer(option, "read the option " + option.name()).value();
    }

    /// @return whether the device's options have changed by that
    boolean set(SaneOption option, SaneOption.Value value) throws IOException {
        ask(control(option, ACTION_SET, value));
        var what = "set the option " + option.name() + " to " + option.shown(value) + " (it takes " + option.offered()
                + ")";
        return (answer(option, what).changes() & OPTIONS_CHANGED) != 0;
    }

    private Request control(SaneOption option, int action, SaneOption.@Nullable Value value) throws IOException {
        var request = new Request(CONTROL_OPTION)
                .word(handle)
                .word(option.index())
                .word(action)
                .word(option.type().ordinal())
                .word(option.size());
        if (option.type() == SaneOption.Type.STRING) {
            // The daemon answers in a buffer as long as this one.
            var text = value instanceof SaneOption.Value.Text(var given) ? given : "";
            return request.padded(text, option.size());
        }
        return request.word(1).word(value instanceof SaneOption.Value.Word(var given) ? given : 0);
    }

    private record Answer(int changes, SaneOption.Value value) {}

    private Answer answer(SaneOption option, String what) throws IOException {
        int status = in.word();
        int changes = in.word();
        int type = in.word();
        in.word(); // the size in bytes, which the array's own length tells, too
        SaneOption.Value value;
        if (type == SaneOption.Type.STRING.ordinal()) {
            value = new SaneOption.Value.Text(in.text(in.length("a text", VALUE_BYTES_MAX)));
        } else {
            var words = in.words(in.length("a value", VALUE_BYTES_MAX / 4));
            value = new SaneOption.Value.Word(words.isEmpty() ? 0 : words.getFirst());
        }
        refusePasswords(in.string());
        require(status, what);
        if (type != option.type().ordinal()) {
            throw in.broken("a value of type " + type + " for the option " + option.name());
        }
        return new Answer(changes, value);
    }

    Parameters parameters() throws IOException {
        ask(new Request(GET_PARAMETERS).word(handle));
        int status = in.word();
        var parameters = new Parameters(in.word(), in.word() != 0, in.word(), in.word(), in.word(), in.word());
        require(status, "tell how the image comes");
        return parameters;
    }

    /// Starts a page. Its bytes come over a connection of their own.
    SaneFrame start() throws IOException {
        ask(new Request(START).word(handle));
        int status = in.word();
        int port = in.word();
        int order = in.word();
        refusePasswords(in.string());
        require(status, "start a page");
        if (port < 1 || port > 65_535 || order != 0x1234 && order != 0x4321) {
            throw in.broken("the port " + port + " and the byte order 0x" + Integer.toHexString(order));
        }
        return SaneFrame.open(connected(address, port, patience), patience, address.toString(), order == 0x1234);
    }

    void cancel() throws IOException {
        ask(new Request(CANCEL).word(handle));
        in.word();
    }

    /// Takes leave of the device and the daemon. What was captured before is not worse if that fails.
    void leave() throws IOException {
        if (handle != -1) {
            ask(new Request(CLOSE).word(handle));
            in.word();
            handle = -1;
        }
        ask(new Request(EXIT));
    }

    /// Hangs up; the daemon then closes the device.
    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void ask(Request request) throws IOException {
        try {
            socket.getOutputStream().write(request.bytes());
        } catch (IOException e) {
            throw SaneInput.lost(address.toString(), e);
        }
    }

    private void good(String what) throws IOException {
        require(in.word(), what);
    }

    private void require(int status, String what) {
        if (status != GOOD) {
            throw refused(address.toString(), status, what);
        }
    }

    /// What a status other than GOOD means.
    static CaptureFailed refused(String peer, int status, String what) {
        var fault = CaptureFault.ofSaneStatus(status).orElse(CaptureFault.PROTOCOL);
        var named = fault == CaptureFault.PROTOCOL ? "with the status " + status : "with " + fault;
        return CaptureFailed.because(fault, peer + " was asked to " + what + " and answered " + named + ".");
    }

    private void refusePasswords(String resource) {
        if (!resource.isEmpty()) {
            throw CaptureFailed.because(
                    CaptureFault.ACCESS_DENIED, address + " asks for a password, and none is ever sent to a scanner.");
        }
    }

    private static Socket connected(SaneAddress address, int port, Patience patience) throws IOException {
        var socket = new Socket();
        try {
            var target = new InetSocketAddress(address.host(), port);
            if (target.isUnresolved()) {
                throw CaptureFailed.because(
                        CaptureFault.UNREACHABLE, "No address is known for the host " + address.host() + ".");
            }
            socket.setTcpNoDelay(true);
            socket.connect(target, patience.millisForNextByte());
            return socket;
        } catch (SocketTimeoutException late) {
            socket.close();
            throw CaptureFailed.because(
                    CaptureFault.UNREACHABLE, address.host() + " does not answer at port " + port + ".");
        } catch (IOException e) {
            socket.close();
            throw SaneInput.lost(address.host() + " at port " + port, e);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /// The bytes of one request.
    private static final class Request {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        Request(int procedure) throws IOException {
            word(procedure);
        }

        Request word(int word) throws IOException {
            out.writeInt(word);
            return this;
        }

        Request string(String text) throws IOException {
            return padded(text, text.length() + 1);
        }

        Request padded(String text, int length) throws IOException {
            word(length);
            var padded = new byte[length];
            var characters = text.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(characters, 0, padded, 0, Math.min(characters.length, length));
            out.write(padded);
            return this;
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
