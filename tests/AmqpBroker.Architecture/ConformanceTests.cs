namespace AmqpBroker.Architecture;

/// <summary>What <c>spec/conformance.md</c> says about tests and errata is so.</summary>
public sealed class ConformanceTests
{
    private const string Head = "| `Core` | `tests/AmqpBroker.Core.Tests` |\n\n| id | rule | shown by | state |\n|---|---|---|---|\n";
    private const string Test = "`Core.PublishTests.Immediate_is_not_implemented`";

    [Fact]
    public void The_tests_and_errata_that_the_page_names_exist()
    {
        var page = new ConformancePage(Repository.Read(ConformancePage.File));
        Assert.True(page.Rules.Count > 200, $"{page.Rules.Count} rules were found");
        string faults = string.Join(Environment.NewLine, page.Faults(ConformancePage.FirstCells(Repository.Read("spec/errata.md"))));
        Assert.True(faults.Length == 0, faults);
    }

    [Theory]
    [InlineData("| A-01 | A rule. | " + Test + " | shown |")]
    [InlineData("| A-01 | A rule. | `Core.PublishTests` `scenario.confirms` | shown |")]
    [InlineData("| A-01 | A rule. | | built, no test yet |")]
    [InlineData("| A-01 | A rule. | | not yet: it is missing |")]
    [InlineData("| A-01 | A rule. | " + Test + " | differs: a row |")]
    public void A_true_row_is_left_alone(string row) => Assert.Empty(Faults(row));

    [Theory]
    [InlineData("| A-01 | A rule. | `Core.PublishTests.No_such_test` | shown |", "A-01: there is no test Core.PublishTests.No_such_test")]
    [InlineData("| A-01 | A rule. | `Core.NoSuchTests` | shown |", "A-01: there is no test Core.NoSuchTests")]
    [InlineData("| A-01 | A rule. | `Cor.PublishTests` | shown |", "A-01: there is no test Cor.PublishTests")]
    [InlineData("| A-01 | A rule. | `scenario.no_such` | shown |", "A-01: there is no test scenario.no_such")]
    [InlineData("| A-01 | A rule. | perhaps | shown |", "A-01: between the tests there is something else", "A-01: shown by nothing")]
    [InlineData("| A-01 | A rule. | | shown |", "A-01: shown by nothing")]
    [InlineData("| A-01 | A rule. | " + Test + " | built, no test yet |", "A-01: has a test, but is 'built, no test yet'")]
    [InlineData("| A-01 | A rule. | | differs: another row |", "A-01: spec/errata.md has no such row")]
    [InlineData("| A-01 | A rule. | | not yet: |", "A-01: there is no state 'not yet:'")]
    [InlineData("| A-01 | A rule. | shown |", "A-01: 3 cells and not 4")]
    [InlineData("| A-1 | A rule. | | built, no test yet |", "A-1: an id is a letter, a dash and two digits")]
    [InlineData("| A-01 | A rule. | | built, no test yet |\n| A-01 | Another. | | built, no test yet |", "A-01: 2 rules have this id")]
    public void A_row_that_is_not_true_is_found(string rows, params string[] faults) => Assert.Equal(faults, Faults(rows));

    private static IEnumerable<string> Faults(string rows) =>
        new ConformancePage(Head + rows).Faults(ConformancePage.FirstCells("| what | why |\n|---|---|\n| a row | |\n"));
}
