using System.Reflection;

namespace AmqpBroker.Differential.Runs;

/// <summary>A script that is run against both brokers.</summary>
/// <param name="Name">Group and name: what <c>spec/errata.md</c> refers to.</param>
/// <param name="Steps">The script; all that it does goes through its <see cref="Script"/>.</param>
internal sealed record Scenario(string Name, Action<Script> Steps)
{
    /// <summary>All scenarios: the static methods of the classes in the namespace Scenarios.</summary>
    public static IReadOnlyList<Scenario> All { get; } = [.. Find()];

    private static IEnumerable<Scenario> Find()
    {
        string folder = typeof(Scenario).Namespace!.Replace(".Runs", ".Scenarios", StringComparison.Ordinal);
        foreach (Type group in typeof(Scenario).Assembly.GetTypes().Where(t => t.Namespace == folder && t is { IsNested: false }).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            foreach (MethodInfo method in group.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                string name = $"{group.Name}.{method.Name}";
                if (method.ReturnType == typeof(void))
                {
                    yield return new Scenario(name, method.CreateDelegate<Action<Script>>());
                    continue;
                }

                foreach ((string part, Action<Script> steps) in method.CreateDelegate<Func<IEnumerable<(string, Action<Script>)>>>()())
                {
                    yield return new Scenario($"{name}.{part}", steps);
                }
            }
        }
    }
}
