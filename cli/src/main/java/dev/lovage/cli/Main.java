package dev.lovage.cli;

import dev.lovage.cli.terminal.Setup;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// The program `lovage`, all of it but the server.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        var out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        var code = run(System.getenv(), out, err, args);
        out.flush();
        System.exit(code);
    }

    /// Runs one command line in this JVM.
    ///
    /// @return the exit code, as `lovage --help` lists them
    public static int run(Map<String, String> environment, PrintWriter out, PrintWriter err, String... args) {
        return LovageCommand.with(new Setup(environment, out, err)).execute(args);
    }
}
