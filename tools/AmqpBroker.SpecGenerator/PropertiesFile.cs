namespace AmqpBroker.SpecGenerator;

/// <summary>BasicProperty and the wire types of the properties.</summary>
internal static class PropertiesFile
{
    public static string Render(Specification spec)
    {
        IReadOnlyList<PropertySpec> properties = spec.Classes.Single(c => c.Name == "basic").Properties;
        var text = new SourceText();
        text.Line();
        text.Summary("The content properties of class basic; property n has the flag 0x8000 >> n.");
        text.Open("public enum BasicProperty");
        bool first = true;
        foreach (PropertySpec property in properties)
        {
            if (!first)
            {
                text.Line();
            }

            first = false;
            text.Summary(property.Doc);
            text.Line($"{Naming.Pascal(property.Name)},");
        }

        text.Close();
        text.Line();
        text.Summary("The wire type of a content property.");
        text.Open("internal enum BasicPropertyKind : byte");
        foreach (string kind in properties.Select(p => p.Type).Distinct())
        {
            text.Summary(kind);
            text.Line($"{Naming.Pascal(kind)},");
        }

        text.Close();
        text.Line();
        text.Summary("The wire types of the content properties.");
        text.Open("internal static class BasicPropertyKinds");
        text.Summary("The number of properties.");
        text.Line($"public const int Count = {properties.Count};");
        text.Line();
        text.Summary("By property.");
        text.Line("public static global::System.ReadOnlySpan<BasicPropertyKind> All =>");
        text.Line("[");
        foreach (PropertySpec property in properties)
        {
            text.Line($"    BasicPropertyKind.{Naming.Pascal(property.Type)}, // {property.Name}");
        }

        text.Line("];");
        text.Close();
        return text.ToString();
    }
}
