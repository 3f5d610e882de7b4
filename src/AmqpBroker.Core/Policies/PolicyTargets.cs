namespace AmqpBroker.Core.Policies;

/// <summary>The names of <see cref="PolicyTarget"/>.</summary>
public static class PolicyTargets
{
    private static readonly string[] s_names = ["all", "queues", "classic_queues", "quorum_queues", "streams", "exchanges"];

    /// <summary>As in <c>apply-to</c>.</summary>
    public static string NameOf(PolicyTarget target) => s_names[(int)target];

    /// <summary>Null for a name that means nothing.</summary>
    internal static PolicyTarget? Parse(string name) => Array.IndexOf(s_names, name) is >= 0 and var i ? (PolicyTarget)i : null;
}
