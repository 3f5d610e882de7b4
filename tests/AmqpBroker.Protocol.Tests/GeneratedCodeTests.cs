using AmqpBroker.SpecGenerator;

namespace AmqpBroker.Protocol.Tests;

public sealed class GeneratedCodeTests
{
    [Fact]
    public void The_generated_code_is_what_the_specification_gives()
    {
        IReadOnlyList<string> stale = GeneratedFiles.FindStale(Repository.FindRoot(AppContext.BaseDirectory));
        Assert.True(stale.Count == 0, $"run tools/AmqpBroker.SpecGenerator: {string.Join(", ", stale)}");
    }

    [Fact]
    public void The_catalog_knows_all_methods()
    {
        Assert.Equal(66, MethodCatalog.All.Count);
        Assert.Equal(66, MethodCatalog.All.Select(m => m.Key).Distinct().Count());
        Assert.Equal("basic.publish", MethodCatalog.NameOf(MethodKey.BasicPublish));
        Assert.Equal(
            ["basic.publish", "basic.return", "basic.deliver", "basic.get-ok"],
            MethodCatalog.All.Where(m => m.CarriesContent).Select(m => m.Name));
        Assert.True(MethodCatalog.IsSynchronous(MethodKey.QueueDeclare));
        Assert.False(MethodCatalog.IsSynchronous(MethodKey.QueueDeclareOk));
        Assert.False(MethodCatalog.IsFromClient(MethodKey.BasicDeliver));
        Assert.True(MethodCatalog.IsFromClient(MethodKey.BasicCancel));
        Assert.False(MethodCatalog.TryGet(MethodKey.Of(60, 41), out _));
    }
}
