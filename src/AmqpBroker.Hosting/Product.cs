using System.Reflection;

namespace AmqpBroker.Hosting;

/// <summary>What this program calls itself.</summary>
internal static class Product
{
    /// <summary>Name and version.</summary>
    public static string Text { get; } =
        "AmqpBroker " + (typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "");
}
