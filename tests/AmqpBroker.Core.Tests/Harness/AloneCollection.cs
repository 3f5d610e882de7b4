using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>Tests that measure what the process shares, and so run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    internal const string Name = "Alone";
}
