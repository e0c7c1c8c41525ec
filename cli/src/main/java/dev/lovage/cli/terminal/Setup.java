package dev.lovage.cli.terminal;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Origin;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// What every command is told: where the data is, with which settings, and how to answer.
public final class Setup {
    private static final Path CONFIG = Path.of("lovage.yaml");

    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter err;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "the data folder; lovage-data unless set")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "the settings; lovage.yaml if there is one. The environment (LOVAGE_BROKER_URL and so on)"
                    + " overrides it")
    private Optional<Path> config = Optional.empty();

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "answer in JSON, for programs")
    private boolean json;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "show where an error was thrown")
    private boolean verbose;

    public Setup(Map<String, String> environment, PrintWriter out, PrintWriter err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    public boolean json() {
        return json;
    }

    public boolean verbose() {
        return verbose;
    }

    public PrintWriter out() {
        return out;
    }

    public PrintWriter err() {
        return err;
    }

    public InstantSource clock() {
        return InstantSource.system();
    }

    /// Presets, overridden by the settings file, by the environment, by the command line.
    ///
    /// @throws dev.lovage.engine.settings.BadSetting if one can't be used
    public Settings settings() {
        return unchecked().checked();
    }

    /// The same with what is refused in it, to be judged.
    public Settings unchecked() {
        var file = config.or(() -> Files.exists(CONFIG) ? Optional.of(CONFIG) : Optional.empty());
        var settings = file.map(Settings::unchecked)
                .orElseGet(() -> Settings.of(Map.of()))
                .uncheckedOver(environment);
        return data.map(folder -> settings.with(Setting.DATA, folder.toString(), Origin.option("--data")))
                .orElse(settings);
    }

    /// Opens the installation, which begins with it if it is not there.
    public Lovage open() {
        return Lovage.open(settings(), clock());
    }

    /// As [#open], with a store in SQL unless another one is set: for what the applications keep beside it.
    public Lovage openForApplications() {
        return Lovage.open(settings().withSqlStore(), clock());
    }

    /// Opens an installation that is there, to look at it or to mend it.
    ///
    /// @throws CommandFailed if there is none yet: a mistyped folder must not look like an empty one
    public Lovage existing() {
        var settings = settings();
        requireFile(settings);
        return Lovage.open(settings, clock());
    }

    /// The SQLite file in which executions are kept; empty with another store.
    public static Optional<Path> sqlite(Settings settings) {
        var url = settings.storeUrl();
        var at = url.indexOf("sqlite:///");
        return at < 0
                ? Optional.empty()
                : Optional.of(settings.data().resolve(url.substring(at + "sqlite:///".length())));
    }

    /// @throws CommandFailed if the settings name a SQLite file that is not there
    public static void requireFile(Settings settings) {
        sqlite(settings).filter(file -> !Files.exists(file)).ifPresent(file -> {
            throw CommandFailed.notFound("There is no Lovage data at " + file
                    + ". Name the folder with --data, or begin with ./lovage up or ./lovage demo.");
        });
    }

    /// Prints an answer for programs: a record, a list or a map, as one line of JSON.
    public void printJson(Object answer) {
        out.println(Json.text(Json.tree(answer)));
        out.flush();
    }

    public void print(String line) {
        out.println(line);
        out.flush();
    }

    public void note(String line) {
        err.println(line);
        err.flush();
    }
}
