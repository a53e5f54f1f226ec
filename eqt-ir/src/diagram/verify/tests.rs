use super::*;
use crate::diagram::{Enumeration, InputId, MemberId, SlotId, with_coefficient};
use crate::signature::{AxisId, parse_signature};

/// `sum_ij c_ij <a_i, x> a_j^p` or the like: every kind of axis, free labels with coefficients, summed labels, an epsilon.
fn examples() -> Vec<(Graph, Shapes)> {
    [
        ("SO(3) * S(n): a: (R^3)^n, b: (S^3)^m -> R^3", 2),
        ("O(d) * S(n): a: (R^d)^n -> S^d", 2),
        ("Sp(4): a: (R^4)^n, A: Alt^2(R^4) -> R^4", 2),
        ("SO(3): a: R^3, b: R^3 -> R^3", 2),
    ]
    .into_iter()
    .flat_map(|(text, degree)| {
        let signature = parse_signature(text).expect("parses");
        let enumeration = Enumeration::new(&signature, None, 10_000);
        let shapes = enumeration.shapes().clone();
        let diagrams = enumeration.of_degree(degree).expect("few");
        diagrams.into_iter().map(move |diagram| {
            let graph = match diagram.free_labels(&shapes)[..] {
                [] => diagram.graph,
                _ => with_coefficient(&diagram.graph, &shapes, MemberId::default()),
            };
            (graph, shapes.clone())
        })
    })
    .collect()
}

/// Applies a change to every example in which it finds something to change, and checks what is found.
fn every_change_is_caught(
    name: &str,
    change: impl Fn(&mut Graph, &Shapes) -> Option<()>,
    is_it: impl Fn(&GraphDefect) -> bool,
) {
    let mut tried = 0;
    for (graph, shapes) in examples() {
        let mut changed = graph.clone();
        if change(&mut changed, &shapes).is_none() {
            continue;
        }
        tried += 1;
        let defect = changed.verify(&shapes).expect_err(name);
        assert!(is_it(&defect), "{name}: {defect}");
        assert!(!defect.to_string().is_empty());
    }
    assert!(tried > 0, "{name}: nothing was changed");
}

#[test]
fn diagrams_have_no_defect() {
    let examples = examples();
    for accept in [
        |node: Node| matches!(node, Node::Epsilon(_)),
        |node: Node| matches!(node, Node::Coefficient(_)),
        Node::is_spider,
    ] {
        assert!(examples.iter().any(|(graph, _)| !graph.of_kind(accept).is_empty()));
    }
    for (graph, shapes) in examples {
        assert_eq!(graph.verify(&shapes), Ok(()));
    }
}

#[test]
fn defects_of_nodes_are_caught() {
    let unknown = |defect: &GraphDefect| matches!(defect, GraphDefect::Unknown(_));
    let change_input = |graph: &mut Graph, _: &Shapes| {
        let node = graph.nodes.iter_mut().find(|node| matches!(node, Node::Input(_)))?;
        *node = Node::Input(InputId::new(7));
        Some(())
    };
    every_change_is_caught("an input that is not there", change_input, unknown);
    let change_axis = |graph: &mut Graph, _: &Shapes| {
        graph.nodes.push(Node::Leg(AxisId::new(9)));
        Some(())
    };
    every_change_is_caught("an axis that is not there", change_axis, unknown);
    let change_kind = |graph: &mut Graph, _: &Shapes| {
        let node = graph.nodes.iter_mut().find(|node| node.is_spider())?;
        *node = Node::Spider(AxisId::new(0));
        Some(())
    };
    every_change_is_caught("a label on a linear axis", change_kind, unknown);
    let twice = |graph: &mut Graph, _: &Shapes| {
        graph.nodes.push(Node::Output);
        Some(())
    };
    every_change_is_caught("two outputs", twice, |defect| matches!(defect, GraphDefect::Several(_)));
}

#[test]
fn defects_of_slots_are_caught() {
    let change = |graph: &mut Graph, _: &Shapes| {
        graph.wires.first_mut()?.from.node = NodeId::new(99);
        Some(())
    };
    every_change_is_caught("a node that is not there", change, |defect| {
        matches!(defect, GraphDefect::NoNode(_))
    });
    let change = |graph: &mut Graph, shapes: &Shapes| {
        let node = *graph.nodes.first()?;
        let wire = graph.wires.iter_mut().find(|wire| wire.from.node == NodeId::new(0))?;
        wire.from.slot = SlotId::new(shapes.slots(node)?);
        Some(())
    };
    every_change_is_caught("a slot that is not there", change, |defect| {
        matches!(defect, GraphDefect::NoSlot(_))
    });
    let change = |graph: &mut Graph, _: &Shapes| {
        let wire = *graph.wires.first()?;
        graph.wires.push(wire);
        Some(())
    };
    every_change_is_caught("a wire that is there twice", change, |defect| {
        matches!(defect, GraphDefect::Twice(_))
    });
    let change = |graph: &mut Graph, _: &Shapes| {
        let linear = graph.wires.iter().position(|wire| !graph.is_label_wire(wire))?;
        graph.wires.remove(linear);
        Some(())
    };
    every_change_is_caught("a wire that is lost", change, |defect| matches!(defect, GraphDefect::Open(_)));
}

#[test]
fn defects_of_labels_are_caught() {
    let gap = |defect: &GraphDefect| matches!(defect, GraphDefect::Gap(_));
    let change = |graph: &mut Graph, _: &Shapes| {
        let spider = graph.of_kind(Node::is_spider).first().copied()?;
        let wire = graph.wires.iter_mut().find(|wire| wire.to.node == spider)?;
        wire.to.slot = SlotId::new(50);
        Some(())
    };
    every_change_is_caught("a gap in the slots of a label", change, gap);
    let change = |graph: &mut Graph, shapes: &Shapes| {
        let axis = (0..2).map(AxisId::new).find(|&axis| shapes.knows(Node::Spider(axis)))?;
        graph.nodes.push(Node::Spider(axis));
        Some(())
    };
    every_change_is_caught("a label that nothing carries", change, gap);
    // Two labels of two axes exchange a port.
    let change = |graph: &mut Graph, _: &Shapes| {
        let spiders = graph.of_kind(Node::is_spider);
        let (first, second) =
            (*spiders.first()?, *spiders.iter().find(|id| graph[**id] != graph[spiders[0]])?);
        let at = |spider: NodeId| graph.wires.iter().position(|wire| wire.to.node == spider);
        let (a, b) = (at(first)?, at(second)?);
        let end = graph.wires[a].to;
        graph.wires[a].to = graph.wires[b].to;
        graph.wires[b].to = end;
        Some(())
    };
    every_change_is_caught("a port on a label of another axis", change, |defect| {
        matches!(defect, GraphDefect::Axes(_) | GraphDefect::Coefficient(_))
    });
    // The only port of a label and its spider are replaced by a leg on the port.
    let change = |graph: &mut Graph, _: &Shapes| {
        let spider = *graph.of_kind(Node::is_spider).iter().find(|&&spider| graph.degree(spider) == 1)?;
        let Node::Spider(axis) = graph[spider] else { return None };
        graph.nodes[spider.index()] = Node::Leg(axis);
        Some(())
    };
    every_change_is_caught("a label without a spider", change, |defect| {
        matches!(defect, GraphDefect::Label(_))
    });
    // Coefficients on a summed label instead of a free one.
    let change = |graph: &mut Graph, shapes: &Shapes| {
        let coefficient = *graph.of_kind(|node| matches!(node, Node::Coefficient(_))).first()?;
        let summed = graph
            .of_kind(Node::is_spider)
            .into_iter()
            .find(|&spider| !shapes.is_free_spider(graph[spider]))?;
        let slot = graph.degree(coefficient);
        let leg = graph.degree(summed);
        graph.join(End::new(coefficient, slot), End::new(summed, leg));
        Some(())
    };
    every_change_is_caught("coefficients of a summed label", change, |defect| {
        matches!(defect, GraphDefect::Coefficient(_))
    });
}
