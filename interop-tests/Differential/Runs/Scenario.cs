using System.Reflection;
using AmqpBroker.Differential.Duels;

namespace AmqpBroker.Differential.Runs;

/// <summary>A script that is run against both brokers.</summary>
/// <param name="Name">Group and name: what <c>spec/errata.md</c> refers to.</param>
/// <param name="Steps">The script; all that it does goes through its <see cref="Script"/>. Null for one that is a list of steps.</param>
/// <param name="Duel">The list of steps, which is run as a <see cref="Duels.Duel"/>.</param>
/// <param name="OwnBrokers">Whether it is run with brokers that nobody else uses.</param>
internal sealed record Scenario(string Name, Action<Script>? Steps, IReadOnlyList<Step>? Duel = null, bool OwnBrokers = false)
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
                    bool own = group.GetCustomAttribute<OwnBrokersAttribute>() is not null;
                    yield return new Scenario(name, method.CreateDelegate<Action<Script>>(), OwnBrokers: own);
                    continue;
                }

                if (method.ReturnType == typeof(IEnumerable<(string, IReadOnlyList<Step>)>))
                {
                    foreach ((string part, IReadOnlyList<Step> steps) in method.CreateDelegate<Func<IEnumerable<(string, IReadOnlyList<Step>)>>>()())
                    {
                        yield return new Scenario($"{name}.{part}", null, steps);
                    }

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
