namespace AmqpBroker.Core.Snapshots;

/// <summary>Who logged in.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Tags">What it may do in management.</param>
public sealed record AccountInfo(string Name, IReadOnlyList<string> Tags);
