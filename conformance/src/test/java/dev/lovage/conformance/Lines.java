package dev.lovage.conformance;

import dev.lovage.engine.task.Tasks;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

/// Tests of lines of the checklist, on each broker in turn that the `@EnumSource` of a `@ParameterizedClass`
/// names. A class has one fleet on each broker, with its own tasks of both languages.
@Tag("services")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(Seen.class)
abstract class Lines implements OnBroker {
    @Parameter
    Kind kind = Kind.REDIS;

    private Optional<Fleet> running = Optional.empty();

    /// Python of the module `app`; see [Fleet#on].
    abstract String pythonTasks();

    /// What our workers run.
    abstract void register(Tasks tasks);

    @Override
    public Kind kind() {
        return kind;
    }

    Fleet fleet() {
        return running.orElseThrow();
    }

    @BeforeParameterizedClassInvocation
    final void startFleet() {
        running = Optional.of(fleet(kind));
    }

    /// What this class runs on.
    Fleet fleet(Kind on) {
        return Fleet.on(on, pythonTasks(), this::register);
    }

    @AfterEach
    final void endWhatTheTestStarted() {
        fleet().endWhatTheTestStarted();
    }

    @AfterParameterizedClassInvocation
    final void endFleet() {
        fleet().close();
    }
}
