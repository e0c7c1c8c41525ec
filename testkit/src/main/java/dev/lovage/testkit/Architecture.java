package dev.lovage.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.ZoneId;

/// What holds for the code of every module.
public final class Architecture {
    private Architecture() {}

    /// The direct sub-packages of each package form no cycle; nothing asks for the machine's time zone; nothing
    /// uses `java.util.Date`.
    ///
    /// @param packages such as `dev.lovage.engine`; test classes in them are not looked at
    /// @throws AssertionError naming every violation
    public static void check(String... packages) {
        var classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(packages);
        for (var name : packages) {
            slices().matching(name + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .allowEmptyShould(true)
                    .check(classes);
        }
        noClasses()
                .should()
                .callMethod(ZoneId.class, "systemDefault")
                .orShould()
                .callMethod(Clock.class, "systemDefaultZone")
                .because("the machine's time zone must not change what the program does")
                .check(classes);
        noClasses()
                .should()
                .accessClassesThat()
                .haveFullyQualifiedName("java.util.Date")
                .because("instants are java.time's")
                .check(classes);
    }
}
