package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.terminal.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
    @TempDir
    Path folder;

    @Test
    void help_lists_every_command_and_every_exit_code() {
        var help = Terminal.bare("--help");
        assertThat(help.code()).isZero();
        assertThat(help.out())
                .contains("up", "demo", "worker", "beat", "call", "result", "revoke", "status", "queues", "inspect")
                .contains(
                        "parked", "dlq", "purge", "records", "archive", "trace", "freeze", "ledger", "backup", "doctor")
                .contains("Exit codes", "69", "70");
    }

    @Test
    void every_command_has_help_of_its_own() {
        for (var words : new String[] {
            "worker", "call", "purge", "dlq retry", "records submit", "archive ingest", "freeze on", "backup"
        }) {
            var help = Terminal.bare((words + " --help").split(" "));
            assertThat(help.code()).describedAs(help.err()).isZero();
            assertThat(help.out()).contains("Usage: lovage " + words, "--data");
        }
    }

    @Test
    void help_of_trace_says_how_long_lines_of_the_log_are_kept() {
        assertThat(Terminal.bare("trace", "--help").out()).contains("result_expires");
    }

    @Test
    void a_mistyped_command_is_answered_with_the_nearest_ones_and_code_2() {
        var run = Terminal.bare("statis");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.err()).contains("statis", "status");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void no_command_at_all_is_code_2() {
        assertThat(Terminal.bare().code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(Terminal.bare("dlq").code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void a_folder_without_data_is_not_found_and_is_not_made() {
        var missing = new Terminal(folder.resolve("nowhere"));
        var run = missing.run("status");
        assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(run.err()).contains("nowhere", "--data");
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void an_unknown_setting_is_code_2_and_named_with_the_nearest_known_one() throws Exception {
        var file = Files.writeString(folder.resolve("lovage.yaml"), "worker_concurency: 3\n");
        var run = new Terminal(folder).run("status", "--config", file.toString());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.err()).contains("worker_concurency", "worker_concurrency");
    }

    @Test
    void a_database_that_does_not_answer_is_code_69_and_its_password_is_not_printed() {
        var run = Terminal.bare(
                Map.of("LOVAGE_BROKER_URL", "postgresql://jane:s3cret@127.0.0.1:1/none"), "status", "--verbose");
        assertThat(run.code()).isEqualTo(ExitCode.UNAVAILABLE.number());
        assertThat(run.out() + run.err()).doesNotContain("s3cret");
    }

    @Test
    void commands_of_the_server_program_say_how_to_start_it() {
        var run = Terminal.bare("up");
        assertThat(run.code()).isEqualTo(ExitCode.UNAVAILABLE.number());
        assertThat(run.err()).contains("./lovage up");
    }

    @Test
    void an_error_shows_no_stack_trace_unless_asked_for() {
        var quiet = new Terminal(folder.resolve("none")).run("queues");
        var verbose = new Terminal(folder.resolve("none")).run("queues", "--verbose");
        assertThat(quiet.err().lines()).hasSize(1);
        assertThat(verbose.err()).contains("\tat ");
    }
}
