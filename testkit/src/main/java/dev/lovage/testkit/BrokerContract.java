package dev.lovage.testkit;

/// The ten invariants that every broker and its store are held to. Extend it, hand in the settings of an empty
/// installation, and run it.
///
/// ```java
/// class MyBrokerContractTest extends BrokerContract {
///     @Override
///     protected Settings settings(Path data) {
///         return Settings.embedded(data).with(Setting.BROKER_URL, "my:" + freshDatabase());
///     }
/// }
/// ```
///
/// 1. Durable or unknown. 2. One custody. 3. One owner. 4. A crash repeats a step, never skips one. 5. Never
///    early.
/// 6. Liveness is not duration. 7. Order. 8. Bounded reservation, clean leaving. 9. Bad input is kept, bytes
///    are sacred. 10. A join fires once.
public abstract class BrokerContract extends CrashContract {}
