namespace AmqpBroker.SpecGenerator;

/// <summary>MethodKey and MethodCatalog.</summary>
internal static class CatalogFile
{
    public static string RenderKeys(Specification spec)
    {
        var text = new SourceText();
        text.Line();
        text.Summary("Every method as one number, class id << 16 | method id: for switch statements.");
        text.Open("public static partial class MethodKey");
        bool first = true;
        foreach (MethodSpec method in spec.Classes.SelectMany(c => c.Methods))
        {
            if (!first)
            {
                text.Line();
            }

            first = false;
            text.Summary($"{method.DottedName} ({method.Class.Id}, {method.Id}).");
            text.Line($"public const uint {method.TypeName} = ({method.Class.Id}u << 16) | {method.Id}u;");
        }

        text.Close();
        return text.ToString();
    }

    public static string RenderCatalog(Specification spec)
    {
        var text = new SourceText();
        List<MethodSpec> methods = [.. spec.Classes.SelectMany(c => c.Methods)];
        text.Line();
        text.Summary("What is known about every method, by its key.");
        text.Open("public static partial class MethodCatalog");
        text.Summary("All methods, in the order of the specification.");
        text.Open("public static global::System.Collections.Generic.IReadOnlyList<MethodDescription> All { get; } =\n    [");
        foreach (MethodSpec method in methods)
        {
            text.Line($"Describe(MethodKey.{method.TypeName}),");
        }

        text.Close("];");
        text.Line();
        text.Summary("The name as people write it (basic.publish), or null for a key that is no method.");
        text.Open("public static string? NameOf(uint key) => key switch");
        foreach (MethodSpec method in methods)
        {
            text.Line($"MethodKey.{method.TypeName} => \"{method.DottedName}\",");
        }

        text.Line("_ => null,");
        text.Close("};");
        Predicate(text, "CarriesContent", "Whether a content header and a body follow the method.", methods.Where(m => m.Content));
        Predicate(text, "IsSynchronous", "Whether the sender waits for an answer (if it does not say no-wait).", methods.Where(m => m.Synchronous));
        Predicate(text, "IsFromClient", "Whether clients may send the method.", methods.Where(m => m.Sender != "server"));
        Predicate(text, "IsFromServer", "Whether servers may send the method.", methods.Where(m => m.Sender != "client"));
        text.Close();
        return text.ToString().Replace("[\n    {\n", "[\n", StringComparison.Ordinal);
    }

    private static void Predicate(SourceText text, string name, string doc, IEnumerable<MethodSpec> methods)
    {
        text.Line();
        text.Summary(doc);
        text.Line($"public static bool {name}(uint key) => key is");
        text.Line($"    {string.Join("\n            or ", methods.Select(m => $"MethodKey.{m.TypeName}"))};");
    }
}
