using System.Diagnostics;

namespace AmqpBroker.Protocol;

/// <content>Lookup of whole descriptions.</content>
public static partial class MethodCatalog
{
    /// <summary>Whether there is such a method, and what is known about it.</summary>
    public static bool TryGet(uint key, out MethodDescription description)
    {
        bool known = NameOf(key) is not null;
        description = known ? Describe(key) : default;
        return known;
    }

    private static MethodDescription Describe(uint key) => new(
        key,
        NameOf(key) ?? throw new UnreachableException(),
        CarriesContent(key),
        IsSynchronous(key),
        IsFromClient(key),
        IsFromServer(key));
}
