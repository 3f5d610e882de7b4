using AmqpBroker.JournalDump;

if (args is ["measure", .. string[] rest])
{
    return Measure.Run(rest);
}

DumpOptions options = DumpOptions.Parse(args);
if (options.Paths.Count == 0)
{
    Console.Error.WriteLine("""
        Prints files of a journal readably and verifies them. Reads only; works on damaged files and beside a running broker.

          journaldump [--records] [--quiet] FILE|DIRECTORY ...
          journaldump measure DIRECTORY        measures this machine's disk and the journal on it

          --records  prints every record and image in words
          --quiet    prints only what is wrong

        Exit code 0: all is whole. 1: something is damaged. 2: usage.
        """);
    return 2;
}

return new Dump(options, Console.Out).Run() ? 0 : 1;
