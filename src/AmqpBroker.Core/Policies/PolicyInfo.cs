using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Core.Policies;

/// <summary>A policy, to be read.</summary>
/// <param name="VirtualHost">Where it holds.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pattern">The regular expression for names.</param>
/// <param name="ApplyTo">What it is for, as in requests.</param>
/// <param name="Definition">The keys, in order of their names.</param>
/// <param name="Priority">Of several that match the highest counts; whole as a rule.</param>
public sealed record PolicyInfo(
    string VirtualHost, string Name, string Pattern, string ApplyTo, PlainTable Definition, double Priority);
