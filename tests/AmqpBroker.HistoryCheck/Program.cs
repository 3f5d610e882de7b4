using AmqpBroker.HistoryCheck;

// AmqpBroker.HistoryCheck FILE...: judges histories; exit code 0: all promises kept, 1: some broken, 2: cannot be read.
if (args.Length == 0 || args[0] is "-h" or "--help")
{
    Console.WriteLine("AmqpBroker.HistoryCheck FILE...: judges histories of what clients sent and saw; the format is in README.md");
    return args.Length == 0 ? 2 : 0;
}

int broken = 0;
foreach (string path in args)
{
    try
    {
        using StreamReader history = File.OpenText(path);
        var checker = new Checker();
        IReadOnlyList<Violation> violations = checker.Check(history);
        broken += violations.Count;
        foreach (Violation violation in violations)
        {
            Console.WriteLine($"{path}: {violation}");
        }

        Console.WriteLine(
            $"{path}: {checker.Messages} messages, {checker.Deliveries} deliveries, {checker.Crashes} crashes, {violations.Count} broken promises");
    }
    catch (Exception e) when (e is HistoryFormatException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"{path}: {e.Message}");
        return 2;
    }
}

return broken == 0 ? 0 : 1;
