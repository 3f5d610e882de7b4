namespace AmqpBroker.JournalDump;

/// <summary>What to print.</summary>
internal sealed record DumpOptions(IReadOnlyList<string> Paths, bool Records, bool Quiet)
{
    public static DumpOptions Parse(string[] args) => new(
        [.. args.Where(a => !a.StartsWith("--", StringComparison.Ordinal))],
        args.Contains("--records"),
        args.Contains("--quiet"));
}
