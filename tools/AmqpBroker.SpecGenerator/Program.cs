using AmqpBroker.SpecGenerator;

// usage: AmqpBroker.SpecGenerator [--check]   (anywhere inside the repository)
bool check = args is ["--check"];
if (args.Length > 0 && !check)
{
    Console.Error.WriteLine("usage: AmqpBroker.SpecGenerator [--check]");
    return 2;
}

string root = Repository.FindRoot(Environment.CurrentDirectory);
IReadOnlyList<string> stale = GeneratedFiles.FindStale(root);
if (check)
{
    foreach (string file in stale)
    {
        Console.Error.WriteLine($"not up to date: {file}");
    }

    return stale.Count == 0 ? 0 : 1;
}

GeneratedFiles.Write(root);
Console.WriteLine(stale.Count == 0 ? "nothing changed" : $"wrote {string.Join(", ", stale)}");
return 0;
