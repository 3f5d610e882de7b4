using System.Globalization;
using System.Xml.Linq;

namespace AmqpBroker.SpecGenerator;

/// <summary>Reads the specification file.</summary>
internal static class SpecificationReader
{
    public static Specification Read(string path)
    {
        XElement root = XDocument.Load(path).Root!;
        XElement constants = root.Element("constants")!;
        var domains = root.Element("domains")!.Elements("domain").ToDictionary(d => Text(d, "name"));
        return new Specification(
            [.. constants.Elements("constant").Select(c => new ConstantSpec(Text(c, "name"), Number(c, "value"), Text(c, "doc")))],
            [.. constants.Elements("reply").Select(r => new ReplySpec(Text(r, "name"), Number(r, "code"), Text(r, "kind"), Text(r, "doc")))],
            [.. root.Elements("class").Select(c => ReadClass(c, domains))]);
    }

    private static ClassSpec ReadClass(XElement element, Dictionary<string, XElement> domains)
    {
        var name = new ClassSpecName(Text(element, "name"), Number(element, "id"));
        return new ClassSpec(
            name.Name,
            name.Id,
            Text(element, "doc"),
            [.. element.Elements("property").Select(p => new PropertySpec(Text(p, "name"), Text(p, "type"), Text(p, "doc")))],
            [.. element.Elements("method").Select(m => ReadMethod(name, m, domains))]);
    }

    private static MethodSpec ReadMethod(ClassSpecName @class, XElement element, Dictionary<string, XElement> domains) => new(
        @class,
        Text(element, "name"),
        Number(element, "id"),
        Text(element, "from"),
        Flag(element, "sync"),
        Flag(element, "content"),
        Flag(element, "extension"),
        Text(element, "doc"),
        [.. element.Elements("field").Select(f => ReadField(f, domains))]);

    private static FieldSpec ReadField(XElement element, Dictionary<string, XElement> domains)
    {
        XElement domain = domains[Text(element, "domain")];
        string doc = (string?)element.Attribute("doc") ?? Text(domain, "doc");
        return new FieldSpec(Text(element, "name"), Text(domain, "name"), Text(domain, "type"), Flag(element, "reserved"), doc);
    }

    private static string Text(XElement element, string attribute) =>
        (string?)element.Attribute(attribute)
        ?? throw new InvalidDataException($"<{element.Name}> without {attribute}: {element}");

    private static int Number(XElement element, string attribute) =>
        int.Parse(Text(element, attribute), CultureInfo.InvariantCulture);

    private static bool Flag(XElement element, string attribute) => (string?)element.Attribute(attribute) == "yes";
}
