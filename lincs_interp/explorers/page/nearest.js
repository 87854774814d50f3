// Which mark of the scatter is nearest to the mouse; it is chosen as a button of the table would choose it.
const r=this.closest('.lincs-explorer'),d=r&&r.querySelector('.lincs-marks');
if(d){
  const b=this.getBoundingClientRect(),x=(event.clientX-b.left)/b.width,y=(event.clientY-b.top)/b.height,
  f=b.height/b.width;
  let k=null,m=.0006;
  for(const p of JSON.parse(d.dataset.marks)){
    const e=(p[1]-x)**2+((p[2]-y)*f)**2;
    if(e<m){m=e;k=p[0]}
  }
  const i=r.querySelector('.lincs-pick-signature input');
  if(k!==null&&i){
    i.value=k;
    i.dispatchEvent(new Event('input',{bubbles:true}));
    i.dispatchEvent(new Event('change',{bubbles:true}))
  }
}
