namespace AmqpBroker.SpecGenerator;

/// <summary>The files that are made from the specification.</summary>
public static class GeneratedFiles
{
    private const string SpecificationPath = "spec/amqp0-9-1.xml";
    private const string Folder = "src/AmqpBroker.Protocol/Generated";

    /// <summary>The files whose contents are not what the specification gives: changed, missing or left over.</summary>
    public static IReadOnlyList<string> FindStale(string root)
    {
        Dictionary<string, string> wanted = Generate(root);
        string folder = Path.Combine(root, Folder);
        IEnumerable<string> present = Directory.Exists(folder) ? Directory.GetFiles(folder).Select(f => Path.GetFileName(f)) : [];
        return
        [
            .. wanted.Where(w => !HasContents(Path.Combine(folder, w.Key), w.Value)).Select(w => w.Key),
            .. present.Where(name => !wanted.ContainsKey(name)),
        ];
    }

    /// <summary>Writes what is not up to date and deletes what is left over.</summary>
    public static void Write(string root)
    {
        Dictionary<string, string> wanted = Generate(root);
        string folder = Path.Combine(root, Folder);
        Directory.CreateDirectory(folder);
        foreach (string name in FindStale(root))
        {
            string path = Path.Combine(folder, name);
            if (wanted.TryGetValue(name, out string? contents))
            {
                File.WriteAllText(path, contents);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    private static Dictionary<string, string> Generate(string root)
    {
        Specification spec = SpecificationReader.Read(Path.Combine(root, SpecificationPath));
        var files = new Dictionary<string, string>
        {
            ["AmqpConstants.g.cs"] = ConstantsFile.Render(spec),
            ["BasicProperty.g.cs"] = PropertiesFile.Render(spec),
            ["MethodCatalog.g.cs"] = CatalogFile.RenderCatalog(spec),
            ["MethodKey.g.cs"] = CatalogFile.RenderKeys(spec),
            ["ReplyCode.g.cs"] = ReplyCodesFile.RenderEnum(spec),
            ["ReplyCodes.g.cs"] = ReplyCodesFile.RenderNames(spec),
        };
        foreach (ClassSpec @class in spec.Classes)
        {
            files[$"{Naming.Pascal(@class.Name)}Methods.g.cs"] = MethodsFile.Render(@class);
        }

        return files;
    }

    private static bool HasContents(string path, string contents) => File.Exists(path) && File.ReadAllText(path) == contents;
}
