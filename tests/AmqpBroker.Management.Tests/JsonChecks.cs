using System.Text.Json;

namespace AmqpBroker.Management.Tests;

/// <summary>Short words for looking into JSON.</summary>
internal static class JsonChecks
{
    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();

    public static bool Flag(this JsonElement element, string name) => element.GetProperty(name).GetBoolean();

    public static IEnumerable<string> Names(this JsonElement list) => list.EnumerateArray().Select(static e => e.Text("name"));

    /// <summary>The one element that this is true of.</summary>
    public static JsonElement The(this JsonElement list, Func<JsonElement, bool> predicate) => Assert.Single(list.EnumerateArray(), e => predicate(e));
}
