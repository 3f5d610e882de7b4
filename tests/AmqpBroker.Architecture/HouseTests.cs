namespace AmqpBroker.Architecture;

/// <summary>The sources keep the rules of the house.</summary>
public sealed class HouseTests
{
    private static readonly string[] s_mayBeUnsafe = ["AmqpBroker.Protocol", "AmqpBroker.Storage"];

    // Binary and made by tools; the rest of the repository is text that people write.
    private static readonly string[] s_notText = [".png", ".gif", ".ico", ".bin", ".zip", ".gz", ".jar"];

    [Fact]
    public void There_are_sources_to_look_at() =>
        Assert.True(Repository.In(".cs", "src").Count() > 20 && Repository.In(".cs", "tests").Count() > 5);

    [Fact]
    public void No_file_in_src_is_too_long() => AssertNone(Repository.In(".cs", "src")
        .Where(file => !Repository.IsGenerated(file) && Repository.ReadLines(file).Length > SourceRules.MaxLines));

    [Fact]
    public void A_wait_for_a_time_says_why() =>
        AssertNone(Breaking(Repository.In(".cs", "src", "tests", "interop-tests"), SourceRules.UnexplainedWaits));

    [Fact]
    public void Unsafe_code_is_only_where_bytes_are_handled() =>
        AssertNone(Breaking(Repository.In(".cs", "src").Where(file => !MayBeUnsafe(file)), SourceRules.UnsafeCode));

    [Fact]
    public void Unsafe_code_is_only_allowed_where_bytes_are_handled() => AssertNone(Repository.In(".csproj", "src")
        .Where(file => !MayBeUnsafe(file) && Repository.Read(file).Contains("AllowUnsafeBlocks", StringComparison.Ordinal)));

    [Fact]
    public void No_file_tells_of_the_machine_it_was_written_on() =>
        AssertNone(Breaking(Repository.Files.Where(file => !s_notText.Contains(Path.GetExtension(file))), SourceRules.MachineTraces));

    [Fact]
    public void Every_package_in_src_has_a_decision_page_that_says_why()
    {
        string decisions = string.Concat(Repository.In(".md", "src/decisions").Select(Repository.Read));
        AssertNone(Repository.In(".csproj", "src")
            .SelectMany(project => Repository.Items(project, "PackageReference"))
            .Where(package => !decisions.Contains(package, StringComparison.Ordinal)));
    }

    /// <summary>Fails with the whole list, not only with its first element.</summary>
    private static void AssertNone(IEnumerable<string> wrong)
    {
        string list = string.Join(Environment.NewLine, wrong);
        Assert.True(list.Length == 0, list);
    }

    private static bool MayBeUnsafe(string file) => s_mayBeUnsafe.Contains(file.Split('/')[1]);

    private static IEnumerable<string> Breaking(IEnumerable<string> files, Func<string[], IEnumerable<string>> rule) =>
        files.SelectMany(file => rule(Repository.ReadLines(file)).Select(line => $"{file}:{line}"));
}
