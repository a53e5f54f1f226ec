use super::*;
use crate::diagram::{End, InputId, Node, Shapes, canonicalise};
use crate::signature::parse_signature;

/// `X_p^r Y_rq` for two symmetric inputs, the slots of the frame in this order.
fn product(inputs: [usize; 2], slots: [usize; 2], shapes: &Shapes) -> Summand {
    let mut graph = Graph::default();
    let [x, y] = inputs.map(|input| graph.add(Node::Input(InputId::new(input))));
    let frame = graph.add(Node::Frame);
    graph.join(End::new(x, 1), End::new(y, 0));
    graph.join(End::new(x, 0), End::new(frame, slots[0]));
    graph.join(End::new(y, 1), End::new(frame, slots[1]));
    Summand { graph: canonicalise(&graph, shapes).graph, theta: None, scale: Ratio::ONE }
}

#[test]
fn what_is_equal_up_to_symmetry_is_not_read_as_equal() {
    let signature = parse_signature("O(d): P: S^d, Q: S^d, R: S^d -> S^d").expect("parses");
    let (shapes, sizes) = (Shapes::new(&signature), Sizes(vec![7]));
    let term = |inputs, slots| product(inputs, slots, &shapes);
    // P Q + Q R, which is Q (P + R) up to symmetry only.
    let exact = vec![vec![term([0, 1], [0, 1])], vec![term([1, 2], [0, 1])]];
    let mut symmetric = exact.clone();
    symmetric[0].push(term([0, 1], [1, 0]));
    symmetric[1].push(term([1, 2], [1, 0]));
    let axes = vec![AxisId::new(0); 2];
    let mut classes = Classes::new(&shapes, &sizes);
    let roots = vec![(axes.clone(), symmetric), (axes, exact)];
    let found = Combiner::new(&mut classes).roots(roots);
    classes.egraph.rebuild();
    let [symmetric, exact] = [0, 1].map(|root| &classes.egraph[found[root].0].nodes);
    assert_eq!(symmetric.len(), 3, "the terms, Q (P + R), or (P + R) Q");
    assert_eq!(exact.len(), 1, "the terms");
    assert!(symmetric.iter().all(|node| !exact.contains(node)));
}

#[test]
fn what_is_equal_up_to_one_symmetry_is_not_read_as_equal_up_to_another() {
    let signature = parse_signature("O(d): P: S^d, Q: S^d, R: S^d -> S^d").expect("parses");
    let (shapes, sizes) = (Shapes::new(&signature), Sizes(vec![7]));
    // The symmetric and the alternating part of P Q + Q R: the same terms, whose transposes have other signs.
    let forms = |sign: i64| {
        let form = |inputs, slots, sign| {
            let exact = product(inputs, slots, &shapes);
            Summand { scale: Ratio::new(sign, 1), ..exact }
        };
        [[0, 1], [1, 2]].map(|inputs| vec![form(inputs, [0, 1], 1), form(inputs, [1, 0], sign)]).to_vec()
    };
    let axes = vec![AxisId::new(0); 2];
    let mut classes = Classes::new(&shapes, &sizes);
    let roots = vec![(axes.clone(), forms(1)), (axes, forms(-1))];
    let found = Combiner::new(&mut classes).roots(roots);
    classes.egraph.rebuild();
    let [symmetric, alternating] = [0, 1].map(|root| classes.egraph.find(found[root].0));
    assert_ne!(symmetric, alternating);
    let nodes = &classes.egraph[alternating].nodes;
    assert!(classes.egraph[symmetric].nodes.iter().all(|node| !nodes.contains(node)));
}
