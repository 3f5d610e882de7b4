using System.Xml.Linq;

namespace AmqpBroker.Architecture;

/// <summary>The files of this repository as a reader sees them: without what builds and packages leave behind.</summary>
internal static class Repository
{
    private static readonly string[] s_notOurs = ["bin", "obj", "artifacts", "data", "node_modules", ".git", ".vs", ".idea", "TestResults", "__pycache__"];

    public static string Root { get; } = FindRoot();

    /// <summary>All files, as paths below the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>Files whose path begins with one of the folders and ends with the extension.</summary>
    public static IEnumerable<string> In(string extension, params string[] folders) =>
        Files.Where(file => file.EndsWith(extension, StringComparison.Ordinal) && folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal)));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] ReadLines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>The values of Include of all items of a kind in a project file.</summary>
    public static IReadOnlyList<string> Items(string projectFile, string kind) =>
        [.. XDocument.Parse(Read(projectFile)).Descendants(kind).Select(item => (string?)item.Attribute("Include")).OfType<string>()];

    public static bool IsGenerated(string file) => file.EndsWith(".g.cs", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "AmqpBroker.sln")))
            {
                return directory.FullName;
            }
        }
        throw new InvalidOperationException("There is no AmqpBroker.sln above " + AppContext.BaseDirectory);
    }

    private static IEnumerable<string> Walk(string directory) =>
        Directory.EnumerateFileSystemEntries(directory)
            .Where(path => !s_notOurs.Contains(Path.GetFileName(path)))
            .SelectMany(path => Directory.Exists(path) ? Walk(path) : [path]);
}
