namespace AmqpBroker.Architecture;

/// <summary>The rooms of the house and where each may look. A new room is drawn in here first.</summary>
internal static class Rooms
{
    /// <summary>What each project of src may refer to, freely.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Arrows = new Dictionary<string, string[]>
    {
        ["AmqpBroker.Protocol"] = [],
        ["AmqpBroker.Storage"] = [],
        ["AmqpBroker.Core"] = ["AmqpBroker.Protocol"],
        ["AmqpBroker.Server"] = ["AmqpBroker.Core", "AmqpBroker.Protocol"],
        ["AmqpBroker.Management"] = ["AmqpBroker.Core"],
        ["AmqpBroker.Control"] = [],
        ["AmqpBroker.Hosting"] =
            ["AmqpBroker.Protocol", "AmqpBroker.Storage", "AmqpBroker.Core", "AmqpBroker.Server", "AmqpBroker.Management", "AmqpBroker.Control"],
        ["AmqpBroker"] = ["AmqpBroker.Hosting"],
    };

    /// <summary>Where a room sees of another only its interfaces, and what these speak of.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> InterfacesOnly = new Dictionary<string, string[]>
    {
        ["AmqpBroker.Core"] = ["AmqpBroker.Storage"],
        ["AmqpBroker.Management"] = ["AmqpBroker.Server", "AmqpBroker.Storage"],
    };

    public static IEnumerable<string> All => Arrows.Keys;

    /// <summary>Every room that the given one may refer to, freely or by interfaces.</summary>
    public static IEnumerable<string> SeenBy(string room) => Arrows[room].Concat(InterfacesOnly.GetValueOrDefault(room, []));

    public static string ProjectFile(string room) => $"src/{room}/{room}.csproj";
}
